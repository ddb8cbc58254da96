"""Invented people: plausible names, identity numbers of no real region, numbers nobody answers."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from followup.domain.identity import check_digit

# By frequency, the commonest first; several have a second reading that pinyin search must know.
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程"
    "魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷单仇解查区"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟", "令狐", "东方", "慕容", "司徒")
MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林欢阳建国志海文德永春庆"
FEMALE = "芳娜敏静丽艳娟霞秀燕玲桂英华玉梅红兰云洁萍莹雪琳晶蓉倩薇颖佳慧婷洋春凤琴莉欣怡楠"
# Names of several peoples, in parts joined by a dot or written without one.
MINORITY_MALE = (
    *("艾尔肯·买买提", "阿不都热合曼·吐尔逊", "努尔兰·哈力克", "库尔班·艾合买提", "叶尔江·阿汗"),
    *("扎西·次仁", "乌恩其", "巴特尔", "多吉才让", "马·伊布拉欣"),
)
MINORITY_FEMALE = (
    *("阿依古丽·买买提", "古丽娜尔·吐尔逊", "阿娜尔·哈力克", "热依汗·艾合买提", "玛依努尔·阿汗"),
    *("卓玛·央金", "萨仁高娃", "乌云其木格", "德吉·旺姆", "马·法图麦"),
)
STREETS = ("示范路", "样板街", "演示大道", "例行巷", "虚构里")
CITIES = {
    "上海": "上海市示范区",
    "北京": "北京市示范区",
    "天津": "天津市示范区",
    "江苏": "江苏省南京市示范区",
    "湖北": "湖北省武汉市示范区",
    "四川": "四川省成都市示范区",
}
# GB/T 2260 gives no region a code that begins with 99.
REGIONS = (
    *("990101", "990102", "990203", "990304", "990405"),
    *(f"99{place}" for place in range(1000, 10_000)),  # one number stands for one person
)
# Numbers that begin with 1400 are for machines: nobody is called by a demo.
MOBILE = "1400"


@dataclass(frozen=True, slots=True)
class Number:
    """One telephone number, whose it is, and what to mind."""

    phone: str
    whose: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """An invented person."""

    name: str
    sex: str
    birth_date: date
    national_id: str
    numbers: tuple[Number, ...]
    address: str
    hospital_number: str


def person(rng: Random, *, sex: str, birth_date: date, province: str, number: int) -> Person:
    """One person; `number` keeps the identity number and hospital number apart from others'."""
    return Person(
        name=name(rng, sex),
        sex=sex,
        birth_date=birth_date,
        national_id=national_id(rng, sex=sex, birth_date=birth_date, number=number),
        numbers=_numbers(rng),
        address=f"{CITIES[province]}{rng.choice(STREETS)}{rng.randint(1, 399)}号",
        hospital_number=f"DEMO{number:07d}",
    )


def name(rng: Random, sex: str) -> str:
    """Two to four characters, sometimes a compound surname, sometimes a name with a dot."""
    chance = rng.random()
    if chance < 0.04:
        return rng.choice(MINORITY_MALE if sex == "MALE" else MINORITY_FEMALE)
    # The list is in order of frequency: the square root of a uniform draw would favour its end.
    place = int(len(SURNAMES) * rng.random() ** 1.8)
    surname = rng.choice(COMPOUND) if chance < 0.07 else SURNAMES[place]
    given = MALE if sex == "MALE" else FEMALE
    return surname + "".join(rng.sample(given, 1 if rng.random() < 0.22 else 2))


def national_id(rng: Random, *, sex: str, birth_date: date, number: int) -> str:
    """A number with a valid check character, in a region that does not exist.

    The order digits come from `number`: its 17th digit is odd for men and even for women.
    """
    order = (number % 500) * 2 + (1 if sex == "MALE" else 0)
    region = REGIONS[number // 500 % len(REGIONS)]
    first = f"{region}{birth_date:%Y%m%d}{order:03d}"
    return first + check_digit(first)


def birth_date(rng: Random, *, on: date, mean: float, spread: float, low: int, high: int) -> date:
    """A birth date that makes somebody of a plausible age, in years, on a day."""
    age = min(max(rng.gauss(mean, spread), low), high + 0.9)
    return on - timedelta(days=int(age * 365.25))


def _numbers(rng: Random) -> tuple[Number, ...]:
    own = Number(_mobile(rng), "PATIENT")
    if rng.random() < 0.6:
        note = rng.choice(("配偶", "子女", "父母", "配偶，晚上接听", "子女，请先发短信"))
        return own, Number(_mobile(rng), "FAMILY", note)
    return (own,)


def _mobile(rng: Random) -> str:
    return f"{MOBILE}{rng.randrange(10**7):07d}"
