"""Review: photo after photo by keyboard, and nothing is lost."""

import streamlit as st

from pages._ui import reviewing

st.title("Review", anchor=False)
reviewing.draw()
