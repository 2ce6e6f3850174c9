"""Review: photo after photo by keyboard, and nothing is lost; how often the model is right, by chance photos alone."""

import streamlit as st

from pages._ui import honest_numbers, label_exchange, review_filters, reviewing, together, who

with st.container(key="review_title"):  # for those who hear the page; the rest need the room for the photo
    st.title("Review", anchor=False)
annotator = who.annotator()
if annotator is None:
    who.draw_sign_in("/review", "Every label carries the name of who gave it.")
else:
    words = review_filters.draw(annotator)
    reviewing.draw(annotator, words)
    together.draw(annotator)
    label_exchange.draw(annotator)
honest_numbers.draw()
