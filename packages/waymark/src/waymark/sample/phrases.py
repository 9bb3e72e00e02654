"""What people in the sample write: parts of sentences that combine to thousands of texts."""

from random import Random

TOPICS = {
    "language": ("grammar", "conversation", "vocabulary", "pronunciation", "writing", "listening"),
    "mentorship": (
        "CV",
        "interview",
        "networking",
        "university",
        "scholarships",
        "first weeks at work",
    ),
}
FOCUS = ("career", "education", "integration")

PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "en": (
        (
            "Today we talked about {topic}.",
            "We worked on {topic} for the whole hour.",
            "A calm session, mostly {topic}.",
            "I asked many questions about {topic}.",
            "We started late but still covered {topic}.",
        ),
        (
            "I could explain what I did last weekend without switching to my own language.",
            "I was nervous on the phone with the doctor, but I managed it alone.",
            "I still do not dare to speak when the group is big.",
            "My colleagues invited me for lunch and I understood most of the jokes.",
            "I feel more like a guest than like a part of the team.",
            "He showed me how to answer when they ask about gaps in my CV.",
            "She corrected me politely and I was not ashamed of my mistakes.",
            "I have sent two applications and got one answer.",
            "It is hard for me to follow when people speak dialect.",
        ),
        (
            "Next time I want to prepare a small presentation.",
            "I would like shorter sessions.",
            "Thank you for your patience!",
            "We agreed to practise again on Thursday.",
            "I left with a list of words to learn.",
            "Maybe another time of the day would suit me better.",
        ),
    ),
    "de": (
        (
            "Heute ging es um {topic}.",
            "Wir haben an {topic} gearbeitet.",
            "Eine ruhige Stunde zu {topic}.",
        ),
        (
            "Ich konnte zum ersten Mal allein beim Amt anrufen.",
            "Ich traue mich noch nicht, in der großen Runde zu sprechen.",
            "Meine Nachbarn grüßen mich jetzt und wir reden kurz.",
            "Die Artikel sind immer noch schwer für mich.",
        ),
        (
            "Vielen Dank für die Geduld!",
            "Nächste Woche machen wir weiter.",
            "Ich möchte mehr sprechen und weniger lesen.",
        ),
    ),
    "uk": (
        ("Сьогодні ми говорили про {topic}.", "Ми працювали над темою: {topic}."),
        (
            "Мені вже легше розмовляти з колегами.",
            "Я ще соромлюся говорити, коли багато людей.",
            "Я вперше сама подзвонила лікарю.",
        ),
        ("Дуже дякую!", "Наступного разу хочу більше розмовляти.", "Домовилися на четвер."),
    ),
    "it": (
        ("Oggi abbiamo parlato di {topic}.", "Abbiamo lavorato su {topic}."),
        (
            "Ora capisco quasi tutto quando il capo parla.",
            "Mi sento ancora un po' sola in questa città.",
        ),
        ("Grazie mille!", "La prossima volta vorrei parlare di più."),
    ),
    "cs": (
        ("Dnes jsme mluvili o tématu {topic}.", "Procvičovali jsme {topic}."),
        ("Poprvé jsem zvládla hovor s úřadem sama.", "Ve větší skupině se pořád bojím mluvit."),
        ("Moc děkuji!", "Příště bych chtěla víc mluvit."),
    ),
}

# Each of these must end in the review queue; the demo fails if one does not.
CONCERNS = (
    "He asked for my phone number and told me to write to him privately at +49 151 23456789.",
    "Please contact me outside the platform, my mail is helper.private@webmail.example.",
    "Sometimes I think about ending my life and I did not dare to say it today.",
    "I want to kill myself, nobody here would notice.",
    "The mentor said people like me should go back where we came from.",
    "He said he will hurt me if I tell the coordinator.",
    "She offered me a job but I must first pay her 300 euro and send my passport.",
    "He asked me to send him naked photos.",
)


def feedback(rng: Random, program: str, tongue: str) -> str:
    """Return one to three sentences about a session, in the participant's tongue."""
    opening, middle, ending = PARTS[tongue]
    sentences = [rng.choice(opening).format(topic=rng.choice(TOPICS[program]))]
    if rng.random() < 0.8:
        sentences.append(rng.choice(middle))
    if rng.random() < 0.5:
        sentences.append(rng.choice(ending))
    return " ".join(sentences)
