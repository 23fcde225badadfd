"""What is said about an answer that does not fit, by the keyword of JSON Schema that it breaks."""

from wire.text import Text

REQUIRED = Text(zh="请先回答这个问题。", en="Please answer this question.")
TOO_LONG = Text(zh="写得太长了，请写短一些。", en="This is too long. Please shorten it.")
OTHER = Text(zh="请检查一下这里的内容。", en="Please check this answer.")
_CHOOSE = Text(zh="请从列出的选项中选择。", en="Please choose one of the options.")
_TOO_SMALL = Text(zh="数字太小了，最小是 {limit}。", en="The number is too small: at least {limit}.")
_TOO_LARGE = Text(zh="数字太大了，最大是 {limit}。", en="The number is too large: at most {limit}.")
_ID_NUMBER = Text(
    zh="公民身份号码不对，请核对 18 位号码。",
    en="This is not a valid resident ID number. Please check its 18 characters.",
)

BY_KEYWORD = {
    "required": REQUIRED,
    "minLength": Text(zh="写得太短了，至少要 {limit} 个字。", en="This is too short: at least {limit} characters."),
    "maxLength": Text(zh="写得太长了，最多 {limit} 个字。", en="This is too long: at most {limit} characters."),
    "pattern": Text(zh="格式不对，请检查。", en="The format is not right. Please check it."),
    "minimum": _TOO_SMALL,
    "maximum": _TOO_LARGE,
    "exclusiveMinimum": Text(zh="数字要大于 {limit}。", en="The number must be greater than {limit}."),
    "exclusiveMaximum": Text(zh="数字要小于 {limit}。", en="The number must be less than {limit}."),
    "multipleOf": Text(zh="数字要是 {limit} 的倍数。", en="The number must be a multiple of {limit}."),
    "enum": _CHOOSE,
    "oneOf": _CHOOSE,
    "const": Text(zh="要同意这一项才能继续办理。", en="You need to agree to this to continue."),
    "x-earliest": Text(zh="日期太早了，不能早于 {limit}。", en="The day is too early: not before {limit}."),
    "x-latest": Text(zh="日期太晚了，不能晚于 {limit}。", en="The day is too late: not after {limit}."),
}
BY_FORMAT = {
    "date": Text(zh="这一天不存在，请检查日期。", en="There is no such day. Please check the date."),
    "email": Text(zh="电子邮箱的格式不对，请检查。", en="This is not an e-mail address. Please check it."),
    "id-number": _ID_NUMBER,
}


def with_limit(text: Text, limit: object) -> Text:
    """Fill in the bound that was broken."""
    return Text(zh=text.zh.replace("{limit}", str(limit)), en=text.en.replace("{limit}", str(limit)))
