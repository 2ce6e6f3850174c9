"""Review: photo after photo by keyboard, and nothing is lost; how often the model is right, by chance photos alone."""

import streamlit as st

from pages._ui import honest_numbers, reviewing

st.title("Review", anchor=False)
reviewing.start_over()
reviewing.draw()
honest_numbers.draw()
