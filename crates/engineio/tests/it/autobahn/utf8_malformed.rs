//! Octets that are no UTF-8 (6.12 to 6.21).

use super::utf8::refuses;

#[tokio::test(start_paused = true)]
async fn continuations_without_a_start() {
    // 6.12.1 to 6.12.8.
    refuses(&[0x80]).await;
    refuses(&[0xbf]).await;
    for count in 2..=6 {
        refuses(&[0x80, 0xbf].repeat(3)[..count]).await;
    }
    refuses(&(0x80..=0xbf).collect::<Vec<u8>>()).await;
}

#[tokio::test(start_paused = true)]
async fn starts_without_a_continuation() {
    // 6.13.1 to 6.13.5: each followed by a space.
    for starts in [0xc0..=0xdf, 0xe0..=0xef, 0xf0..=0xf7, 0xf8..=0xfb, 0xfc..=0xfd] {
        refuses(&starts.flat_map(|start| [start, b' ']).collect::<Vec<u8>>()).await;
    }
}

/// Characters of 2 to 6 octets, the smallest and the largest, whose last octet is missing.
const CUT_SHORT: [&[u8]; 10] = [
    &[0xc0],
    &[0xe0, 0x80],
    &[0xf0, 0x80, 0x80],
    &[0xf8, 0x80, 0x80, 0x80],
    &[0xfc, 0x80, 0x80, 0x80, 0x80],
    &[0xdf],
    &[0xef, 0xbf],
    &[0xf7, 0xbf, 0xbf],
    &[0xfb, 0xbf, 0xbf, 0xbf],
    &[0xfd, 0xbf, 0xbf, 0xbf, 0xbf],
];

#[tokio::test(start_paused = true)]
async fn characters_cut_short() {
    // 6.14.1 to 6.14.10, 6.15.1.
    for short in CUT_SHORT {
        refuses(short).await;
    }
    refuses(&CUT_SHORT.concat()).await;
}

#[tokio::test(start_paused = true)]
async fn octets_that_never_occur() {
    // 6.16.1 to 6.16.3.
    refuses(&[0xfe]).await;
    refuses(&[0xff]).await;
    refuses(&[0xfe, 0xfe, 0xff, 0xff]).await;
}

#[tokio::test(start_paused = true)]
async fn characters_that_are_longer_than_they_need_be() {
    // 6.17: a slash; 6.18: the largest of each length; 6.19: NUL.
    for [slash, largest, nul] in [
        [&[0xc0, 0xaf][..], &[0xc1, 0xbf], &[0xc0, 0x80]],
        [&[0xe0, 0x80, 0xaf], &[0xe0, 0x9f, 0xbf], &[0xe0, 0x80, 0x80]],
        [&[0xf0, 0x80, 0x80, 0xaf], &[0xf0, 0x8f, 0xbf, 0xbf], &[0xf0, 0x80, 0x80, 0x80]],
        [
            &[0xf8, 0x80, 0x80, 0x80, 0xaf],
            &[0xf8, 0x87, 0xbf, 0xbf, 0xbf],
            &[0xf8, 0x80, 0x80, 0x80, 0x80],
        ],
        [
            &[0xfc, 0x80, 0x80, 0x80, 0x80, 0xaf],
            &[0xfc, 0x83, 0xbf, 0xbf, 0xbf, 0xbf],
            &[0xfc, 0x80, 0x80, 0x80, 0x80, 0x80],
        ],
    ] {
        refuses(slash).await;
        refuses(largest).await;
        refuses(nul).await;
    }
}

#[tokio::test(start_paused = true)]
async fn surrogates() {
    // 6.20.1 to 6.20.7.
    const HIGH: [[u8; 3]; 4] =
        [[0xed, 0xa0, 0x80], [0xed, 0xad, 0xbf], [0xed, 0xae, 0x80], [0xed, 0xaf, 0xbf]];
    const LOW: [[u8; 3]; 3] = [[0xed, 0xb0, 0x80], [0xed, 0xbe, 0x80], [0xed, 0xbf, 0xbf]];
    for single in HIGH.iter().chain(&LOW) {
        refuses(single).await;
    }
    // 6.21.1 to 6.21.8: in pairs they are no better.
    for high in HIGH {
        for low in LOW {
            refuses(&[high, low].concat()).await;
        }
    }
}
