"""Words in the terminal's languages."""

from enum import StrEnum

from wire.model import Message


class Language(StrEnum):
    """A language of the screens."""

    ZH = "zh"
    EN = "en"


class Text(Message):
    """One text in every language of the screens."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the text in one language."""
        match language:
            case Language.ZH:
                return self.zh
            case Language.EN:
                return self.en
