"""The bytes of any usual encoding become the text that was meant, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors_service.errors import UnreadableEncodingError
from connectors_service.reading.charsets import Words, guess
from connectors_service.reading.encoding import TextDecoder, encoding_of, is_garbled
from connectors_service.reading.inspection import Inspector
from connectors_service.reading.limits import Limits
from connectors_service.reading.overrides import overrides

LIMITS = Limits(max_bytes=10**9, max_field_chars=1000, max_columns=20)
HEADER = "session_id,email,rating,feedback_text\n"


def decoded(content: bytes, size: int = 10**6, encoding: str | None = None) -> str:
    """Read bytes as two passes do: the first finds out, the second obeys."""
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    first = TextDecoder(encoding or encoding_of(content), is_given=encoding is not None)
    for piece in pieces:
        first.feed(piece)
    first.feed(b"", final=True)
    first.settle()
    second = TextDecoder(first.encoding, was_checked=True)
    return "".join(map(second.feed, pieces)) + second.feed(b"", final=True)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("é,ü\n".encode(), "utf-8"),
        ("é,ü\n".encode("utf-8-sig"), "utf-8-sig"),
        ("é,ü\n".encode("utf-16"), "utf-16"),
        ("plain ascii".encode("utf-16-le"), "utf-16-le"),
        ("plain ascii".encode("utf-16-be"), "utf-16-be"),
        ("сесія,оцінка\r\n1,дуже добре\r\n".encode("utf-16-le"), "utf-16-le"),
        ("сесія,оцінка\r\n1,дуже добре\r\n".encode("utf-16-be"), "utf-16-be"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_told_by_its_mark_or_its_zeros(content: bytes, encoding: str) -> None:
    assert encoding_of(content) == encoding


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_text_comes_out_as_it_went_in(encoding: str, size: int) -> None:
    text = HEADER + "LS-1,a@b.c,5,Très bien — “café” für Ærø\n"

    assert decoded(text.encode(encoding), size) == text


WRITTEN = {
    "french": "Très bien, café, Hélène, élève, à côté, garçon, où, forêt, naïve",
    "french names": "Hélène, Geneviève, André",
    "german": "Müller, Größe, schön, Übung, Straße",
    "polish": "Wspaniały kurs, dziękuję bardzo, Michał, żółć, Łukasz",
    "czech": "Příliš žluťoučký kůň úpěl ďábelské ódy, Nováček, Dvořák",
    "croatian": "Kovačić, Petković, Šarić, Đorđe, žena",
    "croatian names": "Kovač, Petković",
    "hungarian": "Árvíztűrő tükörfúrógép, Gábor, Erdős",
    "spanish": "España, niño, mañana, José, Muñoz, ¿Cuándo?",
    "portuguese": "São João, ação, coração, português, você",
    "portuguese names": "São João",
    "russian": "Очень хороший курс, спасибо",
    "ukrainian": "Дуже дякую, її, Київ, Олексій",
    "greek": "Πολύ καλά, ευχαριστώ",
    "turkish": "Çok güzel, şöyle, ığdır, İstanbul",  # noqa: RUF001
    "danish": "Søren, Ærø, Kjær, på",
    "swedish": "Åsa, Björn, flygplats, älg",
    "icelandic": "Guðmundur, þakka",
    "lithuanian": "Ačiū, labai gražus, ūkis, įžanga",
    "italian": "perché, città, è, così, più",
    "signs": "\u201cquoted\u201d \u2013 it\u2019s 5 \u20ac at least\u2026",
}
ENCODINGS = [
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1257",
    "iso-8859-2",
    "iso-8859-1",
    "iso-8859-15",
    "koi8-u",
    "mac-roman",
    "cp850",
    "cp852",
]
WINDOWS = {
    "polish": "windows-1250",
    "czech": "windows-1250",
    "croatian": "windows-1250",
    "croatian names": "windows-1250",
    "hungarian": "windows-1250",
    "russian": "windows-1251",
    "ukrainian": "windows-1251",
    "greek": "windows-1253",
    "turkish": "windows-1254",
    "lithuanian": "windows-1257",
}


@pytest.mark.parametrize("language", WRITTEN)
def test_the_encoding_of_its_country_is_recognised(language: str) -> None:
    text = WRITTEN[language]
    encoding = WINDOWS.get(language, "windows-1252")

    assert decoded(text.encode(encoding), size=7) == text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_read_is_what_was_written_or_it_is_refused(encoding: str) -> None:
    for text in WRITTEN.values():
        try:
            content = text.encode(encoding)
            found = decoded(content)
        except (UnicodeEncodeError, UnreadableEncodingError):
            continue
        assert found == text


@pytest.mark.parametrize(
    "content",
    [
        b"caf\x81",
        "é".encode() + b"\xe9 caf",
        "é".encode("utf-8-sig") + b"\xff",
        b"\xff\xfe\x00\x00a\x00\x00\x00",
        "a".encode("utf-16") + b"\x00",
        "とても良い".encode("shift_jis"),
        "非常好的课程".encode("gb18030"),
        bytes(range(128, 256)),
    ],
    ids=["undefined", "mixed", "bom", "utf-32", "odd", "japanese", "chinese", "noise"],
)
def test_what_would_become_mojibake_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableEncodingError):
        decoded(content)


@pytest.mark.parametrize(
    ("text", "encoding"), [("とても良い", "shift_jis"), ("Nováček", "iso-8859-2"), ("é", "utf-8")]
)
def test_an_encoding_that_is_named_is_taken(text: str, encoding: str) -> None:
    assert decoded(text.encode(encoding), 2, encoding) == text


def test_a_named_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UnreadableEncodingError):
        decoded(b"caf\xe9 au lait", encoding="utf-8")


def test_the_header_is_read_in_the_encoding_that_the_rows_give_away() -> None:
    content = "název,počet\nPříliš žluťoučký kůň,1\núpěl ďábelské ódy,2\n".encode("cp1250")
    inspector = Inspector(frozenset(), LIMITS)
    inspector.feed(content)

    found = inspector.finish()

    assert (found.encoding, found.dialect.headers) == ("windows-1250", ("název", "počet"))
    assert found.warnings == ("The file is not UTF-8; it is read as windows-1250.",)


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("Très bien", False),
        ("TrÃ¨s bien", True),
        ("itâ€™s", True),
        ("Ð\x94Ñ\x83Ð¶Ðµ", True),
        ("fu\ufffdr", True),
        ("SÃO PAULO", False),
        ("Ångström, Äpfel, Ärger", False),
        ("Дуже дякую", False),
        ("plain", False),
    ],
)
def test_letters_that_were_garbled_before_are_noticed(text: str, garbled: bool) -> None:
    assert is_garbled(text) is garbled


@given(st.binary(max_size=200), st.integers(1, 20))
def test_evidence_does_not_depend_on_how_bytes_were_cut(content: bytes, size: int) -> None:
    whole, cut = Words(), Words()
    whole.add(content, final=True)
    for start in range(0, len(content), size):
        cut.add(content[start : start + size])
    cut.add(b"", final=True)

    assert cut.found == whole.found
    guess(list(whole.found))


def test_options_name_encodings_as_people_do() -> None:
    assert overrides({"encoding": "Latin-1"}).encoding == "iso8859-1"
