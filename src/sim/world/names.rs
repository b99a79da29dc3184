//! What the company's people and Macs are called.

use super::mac::Model;

pub(super) const FIRST: [&str; 40] = [
    "Anna", "Ben", "Chloé", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Inês", "Jonas", "Katja",
    "Liam", "Mira", "Noor", "Olga", "Pavel", "Quinn", "Rosa", "Søren", "Tariq", "Ulla", "Vera",
    "Wen", "Ximena", "Yusuf", "Zoë", "Aiko", "Bjørn", "Carmen", "Dayo", "Emre", "Freya", "Gül",
    "Henrik", "Ida", "Jakub", "Kofi", "Lena", "Marek", "Nadia",
];

pub(super) const LAST: [&str; 36] = [
    "Adler",
    "Bauer",
    "Chao",
    "Dvořák",
    "Ekström",
    "Fischer",
    "García",
    "Hansen",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Weber",
    "Xu",
    "Yılmaz",
    "Zhang",
    "Brandt",
    "Costa",
    "Demir",
    "Engel",
    "Fontaine",
    "Gruber",
    "Haddad",
    "Iyer",
    "Keller",
    "Larsen",
];

pub(super) const MODELS: [Model; 6] = [
    Model {
        identifier: "Mac14,2",
        title: "MacBook Air (M2, 2022)",
        chip: "Apple M2",
    },
    Model {
        identifier: "Mac14,9",
        title: "MacBook Pro (14-inch, 2023)",
        chip: "Apple M2 Pro",
    },
    Model {
        identifier: "Mac15,12",
        title: "MacBook Air (13-inch, M3, 2024)",
        chip: "Apple M3",
    },
    Model {
        identifier: "Mac15,6",
        title: "MacBook Pro (14-inch, Nov 2023)",
        chip: "Apple M3 Pro",
    },
    Model {
        identifier: "Mac16,1",
        title: "MacBook Pro (14-inch, 2024)",
        chip: "Apple M4",
    },
    Model {
        identifier: "MacBookPro17,1",
        title: "MacBook Pro (13-inch, M1, 2020)",
        chip: "Apple M1",
    },
];

/// Version, build, and its share of the company (catalogue §6).
pub(super) const SYSTEMS: [(&str, &str, f64); 5] = [
    ("26.1", "25B78", 0.50),
    ("26.0.1", "25A362", 0.20),
    ("15.7.1", "24G231", 0.22),
    ("14.8.1", "23J30", 0.06),
    ("13.7.8", "22H730", 0.02),
];

/// A name as the directory writes it in an address: plain letters only.
pub(super) fn plain(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|letter| match letter {
            'é' | 'ë' | 'ê' => 'e',
            'ö' | 'ø' => 'o',
            'ü' => 'u',
            'í' | 'ı' => 'i',
            'á' => 'a',
            'ř' => 'r',
            other => other,
        })
        .filter(char::is_ascii_lowercase)
        .collect()
}
