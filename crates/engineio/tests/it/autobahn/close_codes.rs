//! Codes that a client may close with, and those that it must not (7.7, 7.9, 7.13).

use super::Case;
use super::closing::close;

#[tokio::test(start_paused = true)]
async fn valid_codes_are_sent_back() {
    // 7.7.1 to 7.7.13, and those that were registered later.
    let defined = (1000..=1003).chain(1007..=1014);
    for code in defined.chain([3000, 3999, 4000, 4999]) {
        Case::new([close(code, "")]).closes(code).await;
        Case::new([close(code, "why")]).closes(code).await;
    }
}

#[tokio::test(start_paused = true)]
async fn invalid_codes_break_the_protocol() {
    // 7.9.1 to 7.9.9 and 7.13.1, with their neighbours. 1005, 1006 and 1015 say what was not sent.
    let undefined = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999];
    for code in undefined.into_iter().chain([5000, 0xffff]) {
        Case::new([close(code, "")]).breaks(1002).await;
        Case::new([close(code, "why")]).breaks(1002).await;
    }
}
