"""The rows of buddy, learning, rating and cost files as partners would export them."""

from collections.abc import Sequence

from waymark.sample.buddies import SampleMatch
from waymark.sample.courses import SampleCost, SampleCourse
from waymark.sample.mistakes import Row
from waymark.sample.year import SampleSession


def rated_by_volunteers(sessions: Sequence[SampleSession]) -> list[tuple[SampleSession, int]]:
    """Every fifth completed session with its volunteer's rating, 1-5."""
    held = [session for session in sessions if session.status == "completed"]
    return [(session, 3 + number % 3) for number, session in enumerate(held[::5])]


def volunteer_ratings(sessions: Sequence[SampleSession]) -> list[Row]:
    """How volunteers rated sessions."""
    return [
        {
            "rating_id": f"R-2026-{number + 1:05}",
            "session_id": session.session_id,
            "from_role": "volunteer",
            "rating": str(rating),
            "feedback_text": "",
            "created_at": session.scheduled_at.isoformat(),
        }
        for number, (session, rating) in enumerate(rated_by_volunteers(sessions))
    ]


def matches(made: Sequence[SampleMatch]) -> list[Row]:
    """The pairs."""
    return [
        {
            "match_id": match.match_id,
            "participant_email": match.participant.email,
            "buddy_email": match.volunteer.email,
            "matched_at": match.matched_at.isoformat(),
            "status": match.status,
            "language": match.tongue,
            "interests": "walking,cooking",
            "location": "Berlin",
        }
        for match in made
    ]


def deeds(made: Sequence[SampleMatch]) -> list[Row]:
    """What they did together."""
    return [
        {
            "match_id": match.match_id,
            "event_type": deed.kind,
            "event_date": deed.at.isoformat(),
            "duration_minutes": str(deed.minutes or ""),
            "description": deed.words,
            "location": "Berlin",
            "attendees": "",
        }
        for match in made
        for deed in match.deeds
    ]


def checkins(made: Sequence[SampleMatch]) -> list[Row]:
    """How they are, named by their two addresses as an older tool does."""
    return [
        {
            "participant_email": match.participant.email,
            "buddy_email": match.volunteer.email,
            "checkin_date": checkin.day.isoformat(),
            "mood": checkin.mood,
            "notes": checkin.notes,
            "question_responses": '{"met_since": true}',
        }
        for match in made
        for checkin in match.checkins
    ]


def opinions(made: Sequence[SampleMatch]) -> list[Row]:
    """What they say about each other."""
    return [
        {
            "match_id": match.match_id,
            "from_role": opinion.role,
            "rating": str(opinion.rating),
            "feedback_text": opinion.words,
            "submitted_at": opinion.at.isoformat(),
            "communication": str(opinion.rating),
            "helpfulness": "5",
            "engagement": "",
        }
        for match in made
        for opinion in match.opinions
    ]


def completions(finished: Sequence[SampleCourse]) -> list[Row]:
    """Who finished what."""
    return [
        {
            "user_email": course.participant.email,
            "provider": course.provider,
            "course_id": course.course_id,
            "course_name": course.name,
            "completed_at": course.completed_at.isoformat(),
            "final_score": str(course.score or ""),
            "credential_ref": course.credential,
        }
        for course in finished
    ]


def credentials(finished: Sequence[SampleCourse]) -> list[Row]:
    """The certificates."""
    return [
        {
            "credential_id": course.credential,
            "user_email": course.participant.email,
            "provider": course.provider,
            "course_id": course.course_id,
            "course_name": course.name,
            "credential_type": "certificate",
            "issued_at": course.completed_at.isoformat(),
            "expires_at": "",
            "credential_url": f"https://certificates.example/{course.credential}",
            "verification_code": "",
        }
        for course in finished
        if course.credential
    ]


def costs(paid: Sequence[SampleCost]) -> list[Row]:
    """What companies put in, written as a spreadsheet of theirs does."""
    return [
        {
            "company_id": cost.company.key,
            "program": cost.program,
            "period": cost.period,
            "cash": f"{cost.cash:,}.00",
            "currency": "EUR",
            "in_kind": str(cost.in_kind),
        }
        for cost in paid
    ]
