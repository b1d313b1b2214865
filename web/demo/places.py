"""Two invented clinics: who works there, in which rooms, at which hours, and what they offer. Every name and number is made up."""

from datetime import time

WEEK = "01234"  # Monday to Friday
SATURDAY = "5"

PASSWORD = "meridian-demo"  # noqa: S105 - invented people only, printed for everybody

NEEDLES = ["traditional_acupuncture", "western_medical_acupuncture"]

LONDON = {
    "clinic": {
        "slug": "bloomsbury",
        "name": "Meridian",
        "place": "Bloomsbury, London",
        "address": "3 Almond Yard, London WC1Z 4QT",
        "directions": "Six minutes on foot from Russell Square station. Step-free from the yard.",
        "phone": "020 7946 0182",
        "email": "bloomsbury@meridian.example",
        "opening": "Monday to Friday 08:00 to 19:00, Saturday 09:00 to 14:00. Closed on Sunday and bank holidays.",
        "zone": "Europe/London",
        "country": "GB",
        "currency": "GBP",
        "language": "en-gb",
        "position": 1,
    },
    "rooms": [("Room 1", ["couch"]), ("Room 2", ["couch"]), ("Room 3", ["couch"]), ("Gym", ["couch", "gym"])],
    "room_hours": [(WEEK, time(8), time(19)), (SATURDAY, time(9), time(14))],
    "machines": [("Electro-acupuncture unit", "electro")],
    "people": [
        {
            "name": "Rhea Mehta",
            "email": "rhea@meridian.example",
            "letters": "MBAcC",
            "register": "British Acupuncture Council",
            "registration": "000417",
            "profession": "Acupuncturist",
            "about": "Back, neck and headache.",
            "speaks": "English, Gujarati",
            "hours": [(WEEK, time(8, 30), time(12, 30)), (WEEK, time(13, 15), time(18))],
        },
        {
            "name": "Yuki Sato",
            "email": "yuki@meridian.example",
            "letters": "MBAcC",
            "register": "British Acupuncture Council",
            "registration": "000532",
            "profession": "Acupuncturist",
            "about": "Cupping, Tui Na and scalp acupuncture.",
            "speaks": "English, Japanese",
            "hours": [("13", time(9), time(13)), ("13", time(14), time(19)), (SATURDAY, time(9), time(14))],
        },
        {
            "name": "Tobi Okafor",
            "email": "tobi@meridian.example",
            "letters": "MCSP",
            "register": "Health and Care Professions Council",
            "registration": "PH000318",
            "profession": "Physiotherapist",
            "about": "Medical acupuncture, neck and shoulder.",
            "speaks": "English, Yoruba",
            "hours": [("024", time(8), time(12, 30)), ("024", time(13, 30), time(17, 30))],
        },
    ],
    "staff": [("Dan Price", "desk@meridian.example", "receptionist"), ("Ada Whitlock", "admin@meridian.example", "admin")],
    "services": [
        {
            "slug": "acupuncture-first",
            "name": "Acupuncture, first visit",
            "short_name": "First visit",
            "words": "We listen, examine, check that it is safe, and often treat the same day.",
            "shape": (30, 25, 5),
            "price": 6800,
            "techniques": NEEDLES,
            "people": ["Rhea Mehta", "Yuki Sato"],
            "first_visit": True,
        },
        {
            "slug": "physiotherapy-first",
            "name": "Physiotherapy, first visit",
            "short_name": "Physio first",
            "words": "Assessment, a plan, and exercises to start with.",
            "shape": (45, 0, 0),
            "price": 7200,
            "techniques": ["physiotherapy"],
            "people": ["Tobi Okafor"],
            "first_visit": True,
        },
        {
            "slug": "acupuncture",
            "name": "Acupuncture",
            "short_name": "Acu",
            "shape": (15, 25, 5),
            "price": 5800,
            "techniques": NEEDLES,
            "people": ["Rhea Mehta", "Yuki Sato"],
        },
        {
            "slug": "electro-acupuncture",
            "name": "Electro-acupuncture",
            "short_name": "Electro",
            "shape": (15, 25, 10),
            "price": 6200,
            "techniques": ["electroacupuncture"],
            "people": ["Rhea Mehta"],
            "equipment_kind": "electro",
        },
        {
            "slug": "cupping",
            "name": "Cupping",
            "short_name": "Cupping",
            "shape": (30, 0, 0),
            "price": 4800,
            "techniques": ["cupping"],
            "people": ["Yuki Sato"],
        },
        {
            "slug": "physiotherapy",
            "name": "Physiotherapy",
            "short_name": "Physio",
            "shape": (30, 0, 0),
            "price": 5400,
            "techniques": ["physiotherapy"],
            "people": ["Tobi Okafor"],
        },
        {
            "slug": "sports-massage",
            "name": "Sports massage",
            "short_name": "Sports",
            "words": "For muscles after sport or hard work.",
            "shape": (45, 0, 0),
            "price": 5600,
            "techniques": ["sports_massage"],
            "people": ["Tobi Okafor"],
            "first_visit": True,
        },
        {
            "slug": "deep-tissue-massage",
            "name": "Deep tissue massage",
            "short_name": "Deep tissue",
            "words": "Slow, firm pressure for stiff muscles.",
            "shape": (45, 0, 0),
            "price": 5600,
            "techniques": ["deep_tissue_massage"],
            "people": ["Tobi Okafor"],
            "first_visit": True,
        },
    ],
}

TOKYO = {
    "clinic": {
        "slug": "yanaka",
        "name": "Meridian",
        "place": "Yanaka, Tokyo",
        "address": "7-12 Sakura Lane, Yanaka, Tokyo 110-0000",
        "directions": "Eight minutes on foot from Nippori station.",
        "phone": "03-5550-0146",
        "email": "yanaka@meridian.example",
        "opening": "Tuesday to Saturday 10:00 to 19:00. Closed on Sunday, Monday and public holidays.",
        "zone": "Asia/Tokyo",
        "country": "JP",
        "currency": "JPY",
        "language": "en-gb",
        "position": 2,
    },
    "rooms": [("Pine", ["couch"]), ("Plum", ["couch"])],
    "room_hours": [("12345", time(10), time(19))],
    "machines": [],
    "people": [
        {
            "name": "Aiko Hayashi",
            "email": "aiko@meridian.example",
            "letters": "",
            "register": "National licence, acupuncture and moxibustion",
            "registration": "A-000231",
            "profession": "Acupuncturist",
            "about": "Low back pain, sciatica and stiff shoulders.",
            "speaks": "Japanese, English",
            "hours": [("12345", time(10), time(13)), ("12345", time(14), time(19))],
        },
        {
            "name": "Kenji Mori",
            "email": "kenji@meridian.example",
            "letters": "",
            "register": "National licence, physical therapist",
            "registration": "P-000864",
            "profession": "Physiotherapist",
            "about": "Knees, hips, and getting moving again.",
            "speaks": "Japanese, English",
            "hours": [("2345", time(10), time(14)), ("2345", time(15), time(19))],
        },
    ],
    "staff": [("Emi Kuroda", "desk.tokyo@meridian.example", "receptionist")],
    "services": [
        {
            "slug": "acupuncture-first",
            "name": "Acupuncture, first visit",
            "short_name": "First visit",
            "words": "We listen, examine, check that it is safe, and often treat the same day.",
            "shape": (30, 25, 5),
            "price": 9000,
            "techniques": ["traditional_acupuncture"],
            "people": ["Aiko Hayashi"],
            "first_visit": True,
        },
        {
            "slug": "physiotherapy-first",
            "name": "Physiotherapy, first visit",
            "short_name": "Physio first",
            "words": "Assessment, a plan, and exercises to start with.",
            "shape": (45, 0, 0),
            "price": 8500,
            "techniques": ["physiotherapy"],
            "people": ["Kenji Mori"],
            "first_visit": True,
        },
        {
            "slug": "acupuncture",
            "name": "Acupuncture",
            "short_name": "Acu",
            "shape": (15, 25, 5),
            "price": 7000,
            "techniques": ["traditional_acupuncture"],
            "people": ["Aiko Hayashi"],
        },
        {
            "slug": "physiotherapy",
            "name": "Physiotherapy",
            "short_name": "Physio",
            "shape": (30, 0, 0),
            "price": 6500,
            "techniques": ["physiotherapy"],
            "people": ["Kenji Mori"],
        },
    ],
}

PLACES = [LONDON, TOKYO]

FIRST_NAMES = {
    "GB": (
        "Samuel Hannah Ines Callum Olivia Dev Fatima Jack Rob Amara Noor Ben Priya Leon Tomasz Elif Peter Zofia Kwame "
        "Lucy Arthur Nadia Maria Ivan Joan Harriet Owen Sunita Daniel Aisha George Ruth Claire Kyle Marcus Yusuf Pia "
        "Tess Alan Irene Nico Mina Gareth Lena"
    ).split(),
    "JP": ("Haru Sora Yui Ren Mio Kaito Hina Riku Sakura Daichi Akari Shota Nana Yuto Emi Taro").split(),
}
LAST_NAMES = {
    "GB": (
        "Adeyemi Weiss Duarte Reid Marsh Patel Rahman Sullivan Ellis Okoye Haddad Carter Nair Fischer Nowak Kaya Hollis "
        "Baran Boateng Chen Penrose Petrova Santos Dimitrov Fletcher Cole Price Rao Moss Bello Lamb Simmons Dunn Benson "
        "Thorne Demir Larsen Whitmore Burke Foss"
    ).split(),
    "JP": ("Tanaka Suzuki Takahashi Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue Kimura").split(),
}
