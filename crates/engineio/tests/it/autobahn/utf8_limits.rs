//! The first and the last characters of every length, and those beside what does not exist (6.7 to
//! 6.11, 6.22, 6.23).

use super::utf8::{accepts, refuses};

#[tokio::test(start_paused = true)]
async fn the_first_and_last_of_each_length() {
    // 6.7.1 to 6.7.4, 6.9.1 to 6.9.4.
    for limit in ['\0', '\u{80}', '\u{800}', '\u{10000}', '\u{7f}', '\u{7ff}', '\u{ffff}'] {
        accepts(&limit.to_string()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn lengths_that_do_not_exist() {
    // 6.8.1, 6.8.2, 6.10.1 to 6.10.3.
    refuses(&[0xf8, 0x88, 0x80, 0x80, 0x80]).await;
    refuses(&[0xfc, 0x84, 0x80, 0x80, 0x80, 0x80]).await;
    refuses(&[0xf7, 0xbf, 0xbf, 0xbf]).await;
    refuses(&[0xfb, 0xbf, 0xbf, 0xbf, 0xbf]).await;
    refuses(&[0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]).await;
}

#[tokio::test(start_paused = true)]
async fn beside_the_surrogates_and_at_the_very_end() {
    // 6.11.1 to 6.11.5.
    for limit in ['\u{d7ff}', '\u{e000}', '\u{fffd}', '\u{10ffff}'] {
        accepts(&limit.to_string()).await;
    }
    refuses(&[0xf4, 0x90, 0x80, 0x80]).await;
}

#[tokio::test(start_paused = true)]
async fn noncharacters_are_characters() {
    // 6.22.1 to 6.22.34: the last two of each plane.
    let planes = (0..=0x10).flat_map(|plane| [(plane << 16) + 0xfffe, (plane << 16) + 0xffff]);
    accepts(&planes.map(|code| char::from_u32(code).unwrap()).collect::<String>()).await;
    // And those in the middle.
    accepts(&('\u{fdd0}'..='\u{fdef}').collect::<String>()).await;
}

#[tokio::test(start_paused = true)]
async fn specials_and_marks_of_order() {
    // 6.23.1 to 6.23.7.
    accepts(&('\u{fff9}'..='\u{ffff}').collect::<String>()).await;
    accepts("\u{feff}a mark is no more than a character").await;
}
