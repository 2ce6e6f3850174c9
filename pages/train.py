"""Train: from corrections to a model that was judged; it answers only when somebody says so."""

import streamlit as st

from pages._ui import job_panel, lesson_panel, model_history, training_services, verdict_panel


def draw() -> None:
    """Draw what there is to learn from, the job under way, what came of the last one, and who answers."""
    st.title("Train", anchor=False)
    st.html(
        '<p class="fm-lead">Let the model learn from your corrections. The new one is judged on photos that it never '
        "saw, and answers only when you say so.</p>"
    )
    jobs = training_services.train_jobs()
    last = jobs[-1] if jobs else None
    lesson_panel.draw(last)
    if last is not None:
        job_panel.draw(last)
    verdict_panel.draw(jobs)
    model_history.draw_who_answers()
    model_history.draw_history()


draw()
