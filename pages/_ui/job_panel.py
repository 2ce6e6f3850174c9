"""A job on screen: how far it is, while it works by itself; what became of it, if it ended early."""

import streamlit as st

from core.errors import StoreError
from core.jobs.health import is_quiet
from core.store import Job, JobState
from core.store.jobs import OPEN
from pages._ui import charts, services, training_services
from pages._ui.wording import duration

EVERY = 1.0  # seconds between two looks at a running job
EARLY = (JobState.STOPPED, JobState.FAILED, JobState.CANCELLED)
SAID = {
    JobState.STOPPED: "The training stopped: {problem}. What it had done is kept; it can go on from there.",
    JobState.FAILED: "The training could not be finished: {problem}",
    JobState.CANCELLED: "The training was cancelled. What it had done is kept.",
}


def draw(job: Job) -> None:
    """Draw a job that is under way, or one that ended early."""
    if job.state in OPEN:
        st.header("Training", anchor=False)
        training_services.go_on()
        _follow(job.id)
    elif job.state in EARLY:
        _draw_end(job)
    if problem := st.session_state.pop("job_problem", None):
        st.error(problem)


@st.fragment(run_every=EVERY)
def _follow(number: int) -> None:
    """Draw how far the job is, again and again; the whole page is drawn anew once it is over."""
    job = next(job for job in training_services.train_jobs() if job.id == number)
    if job.state not in OPEN:
        st.rerun()
    if job.state is JobState.QUEUED:
        st.progress(0.0, text="Waiting for its turn: one job at a time on this machine")
    else:
        left = f", about {duration(job.remaining_s)} left" if job.remaining_s else ""
        stage = job.stage[:1].upper() + job.stage[1:] if job.stage else "Starting"
        st.progress(job.progress, text=f"{stage}{left}")
    if is_quiet(job, services.now()):
        st.warning("It has not been heard of for a while. It may be very busy, or the computer was asleep.")
    st.button(
        "Cancelling …" if job.cancel else "Cancel", key="job_cancel", on_click=_cancel, args=(job.id,),
        disabled=job.cancel,
    )  # fmt: skip
    if len(job.curve) > 1:
        charts.draw_learning(job.curve)
    st.caption("You may close this page; the work goes on. It is here when you come back.")


def _draw_end(job: Job) -> None:
    text = SAID[job.state].format(problem=job.problem)
    (st.info if job.state is JobState.CANCELLED else st.warning)(text)
    st.button(
        "Go on from there" if job.state is JobState.STOPPED else "Try again",
        key="job_resume",
        icon=":material/resume:",
        on_click=_resume,
        args=(job.id,),
    )
    if job.log:
        with st.expander("What it said", key="job_log"):
            st.code(job.log, language=None)


def _cancel(number: int) -> None:
    _try(lambda: training_services.jobs().cancel(number, at=services.now()))


def _resume(number: int) -> None:
    _try(lambda: training_services.jobs().resume(number))
    training_services.go_on()


def _try(act) -> None:  # noqa: ANN001
    try:
        act()
    except StoreError as error:
        st.session_state["job_problem"] = str(error)
