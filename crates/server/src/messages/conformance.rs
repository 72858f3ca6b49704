//! What every implementation of [`MessageRepository`] must do.

use std::collections::{HashMap, HashSet};
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use futures_util::future::join_all;
use uuid::Uuid;

use super::*;
use crate::clock::Sources;
use crate::rooms::{Channel, Pair};
use crate::users::conformance::new_user;
use crate::users::{FullName, UserChange, UserId, UserRepository};

/// Longer than any page here.
const ALL: Page = Page::First { after: 0, before: None, limit: 10_000 };

/// Runs the whole suite against an empty repository.
pub(crate) async fn run(
    messages: &dyn MessageRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    lists_channels_in_pages(messages, sources).await;
    nothing_is_stored_of_nothing(messages, sources).await;
    numbers_begin_at_one_and_have_no_gaps(messages, sources).await;
    reads_what_was_stored(messages, sources).await;
    stores_many_in_many_channels_at_once(messages, sources).await;
    many_at_once_lose_nothing(messages, sources).await;
    what_is_sent_again_is_stored_once(messages, sources).await;
    what_many_send_at_once_is_stored_once(messages, sources).await;
    what_fails_is_not_stored(messages, sources).await;
    what_is_given_up_is_stored_as_a_whole_or_not_at_all(messages, sources).await;
    reads_pages(messages, sources).await;
    finds_by_id(messages, sources).await;
    shows_names_as_they_are_now(messages, users, sources).await;
    lists_with_whom_one_has_talked(messages, users, sources).await;
    removes_the_oldest(messages, sources).await;
    removes_everything_and_goes_on_counting(messages, sources).await;
}

/// A message with a text and a `client_msg_id` of its own, from someone new.
pub(crate) fn new_message(sources: &Sources, channel: &str) -> NewMessage {
    NewMessage {
        id: sources.timed_id(),
        channel: channel.parse().unwrap(),
        user: UserId::new(sources.random_id()),
        text: format!("hola {}", sources.random_id()),
        sent_at_millis: sources.now_millis(),
        client_msg_id: Some(sources.random_id().to_string()),
    }
}

fn new_messages<const N: usize>(sources: &Sources, channels: [&str; N]) -> [NewMessage; N] {
    channels.map(|channel| new_message(sources, channel))
}

fn channel(name: &str) -> Channel {
    name.parse().unwrap()
}

fn now(seq: u64) -> Appended {
    Appended::Now { seq }
}

fn before(message: &NewMessage, seq: u64) -> Appended {
    let NewMessage { id, channel, sent_at_millis, .. } = message.clone();
    Appended::Before(Original { id, channel, seq, sent_at_millis })
}

/// The message as it is read again, if its user is unknown.
fn read_again(message: &NewMessage, seq: u64) -> Message {
    let NewMessage { id, user, text, sent_at_millis, .. } = message.clone();
    Message { id, seq, user, full_name: String::new(), text, sent_at_millis }
}

async fn seqs(messages: &dyn MessageRepository, name: &str, page: Page) -> Vec<u64> {
    let page = messages.page(&channel(name), page).await.unwrap();
    page.iter().map(|message| message.seq).collect()
}

async fn lists_channels_in_pages(messages: &dyn MessageRepository, sources: &Sources) {
    assert_eq!(messages.channels("", 10).await.unwrap(), []);
    let [one, other] = [(); 2].map(|()| UserId::new(sources.random_id()));
    let direct = Channel::Direct(Pair::of(one, other)).name().into_owned();
    // By bytes: capitals first.
    let names = ["A-1", "Z", "_a", "a-1", "a1", &direct, "lobby", "z"];
    for name in ["z", "lobby", "Z", &direct, "a1", "_a", "a-1", "A-1", "z"] {
        messages.append(&[new_message(sources, name)]).await.unwrap();
    }
    let list = async |after: &str, limit| {
        let channels = messages.channels(after, limit).await.unwrap();
        channels.iter().map(|channel| channel.name().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("", 10).await, names);
    assert_eq!(list("", 0).await, [""; 0]);
    assert_eq!(list("", 3).await, names[..3]);
    assert_eq!(list("_a", 3).await, names[3..6]);
    assert_eq!(list("m", 3).await, names[7..]);
    assert_eq!(list("z", 3).await, [""; 0]);
}

async fn nothing_is_stored_of_nothing(messages: &dyn MessageRepository, _: &Sources) {
    assert_eq!(messages.append(&[]).await.unwrap(), []);
    let nowhere = channel("nowhere");
    assert_eq!(messages.last_seq(&nowhere).await.unwrap(), 0);
    assert_eq!(messages.page(&nowhere, ALL).await.unwrap(), []);
    assert_eq!(messages.page(&nowhere, Page::Last { before: None, limit: 5 }).await.unwrap(), []);
    let nothing = Keep { count: Some(0), since_millis: None };
    assert_eq!(messages.prune(&nowhere, nothing, 10).await.unwrap(), 0);
}

async fn numbers_begin_at_one_and_have_no_gaps(
    messages: &dyn MessageRepository,
    sources: &Sources,
) {
    let first = new_messages(sources, ["seq-b", "seq-a", "seq-b", "seq-b", "seq-a"]);
    let results = messages.append(&first).await.unwrap();
    assert_eq!(results, [now(1), now(1), now(2), now(3), now(2)]);
    for seq in 4..8 {
        let one = new_message(sources, "seq-b");
        assert_eq!(messages.append(&[one]).await.unwrap(), [now(seq)]);
    }
    let more = new_messages(sources, ["seq-c", "seq-a", "seq-b"]);
    assert_eq!(messages.append(&more).await.unwrap(), [now(1), now(3), now(8)]);
    for (name, last) in [("seq-a", 3), ("seq-b", 8), ("seq-c", 1)] {
        assert_eq!(messages.last_seq(&channel(name)).await.unwrap(), last);
        assert_eq!(seqs(messages, name, ALL).await, (1..=last).collect::<Vec<_>>());
    }
}

async fn reads_what_was_stored(messages: &dyn MessageRepository, sources: &Sources) {
    let texts = [
        "",
        " ",
        r#"'; DROP TABLE messages; -- " \ \u0000 %s $1 ?1 {} []"#,
        "línea\nnueva\r\n\ttab",
        "👩‍👩‍👧‍👦 שלום مرحبا 你好 e\u{301}",
        "\u{1}\u{7f}\u{85}\u{2028}\u{2029}\u{feff}\u{fffd}\u{ffff}\u{10ffff}\u{e000}",
        "null",
        "12345678901234567890",
        "1e5",
        "true",
        &"ñ".repeat(100_000),
    ];
    let mut new: Vec<_> = texts.iter().map(|_| new_message(sources, "texts")).collect();
    for (number, (message, text)) in new.iter_mut().zip(texts).enumerate() {
        message.text = text.to_owned();
        message.sent_at_millis = [0, 1_700_000_000_123, i64::MAX.cast_unsigned()][number % 3];
        message.client_msg_id = (!text.is_empty()).then(|| text.chars().take(64).collect());
    }
    messages.append(&new).await.unwrap();
    let expected: Vec<_> = (1..).zip(&new).map(|(seq, new)| read_again(new, seq)).collect();
    assert_eq!(messages.page(&channel("texts"), ALL).await.unwrap(), expected);
    let again = messages.append(&new[1..]).await.unwrap();
    let expected: Vec<_> = (2..).zip(&new[1..]).map(|(seq, new)| before(new, seq)).collect();
    assert_eq!(again, expected);
}

async fn stores_many_in_many_channels_at_once(messages: &dyn MessageRepository, sources: &Sources) {
    let names: Vec<_> = (0..100).rev().map(|number| format!("many-{number}")).collect();
    let new: Vec<_> =
        (0..10).flat_map(|_| names.iter().map(|name| new_message(sources, name))).collect();
    let results = messages.append(&new).await.unwrap();
    let expected: Vec<_> = (1..=10).flat_map(|seq| names.iter().map(move |_| now(seq))).collect();
    assert_eq!(results, expected);
    for name in &names {
        assert_eq!(seqs(messages, name, ALL).await, (1..=10).collect::<Vec<_>>());
    }
}

async fn many_at_once_lose_nothing(messages: &dyn MessageRepository, sources: &Sources) {
    const NAMES: [&str; 3] = ["busy-a", "busy-b", "busy-c"];
    let appender = async |number: usize| {
        let mut stored = Vec::new();
        for round in 0..8 {
            // In every order of the channels.
            let mut names = NAMES;
            names.rotate_left((number + round) % NAMES.len());
            let new = new_messages(sources, [names[0], names[1], names[2], names[0]]);
            let results = messages.append(&new).await.unwrap();
            for (message, result) in new.into_iter().zip(results) {
                let Appended::Now { seq } = result else { panic!("{result:?}") };
                stored.push((message, seq));
            }
        }
        stored
    };
    let stored: Vec<_> = join_all((0..8).map(appender)).await.into_iter().flatten().collect();
    for name in NAMES {
        let mut here: Vec<_> =
            stored.iter().filter(|(message, _)| message.channel == channel(name)).collect();
        here.sort_by_key(|(_, seq)| *seq);
        let here: Vec<_> = here.into_iter().map(|(new, seq)| read_again(new, *seq)).collect();
        assert_eq!(messages.page(&channel(name), ALL).await.unwrap(), here);
        assert!((1..).zip(&here).all(|(seq, message)| message.seq == seq), "{name} has gaps");
    }
}

async fn what_is_sent_again_is_stored_once(messages: &dyn MessageRepository, sources: &Sources) {
    let again = |message: &NewMessage| {
        let NewMessage { user, client_msg_id, .. } = message.clone();
        NewMessage { user, client_msg_id, ..new_message(sources, "again") }
    };
    let first = NewMessage { sent_at_millis: 5, ..new_message(sources, "again") };
    messages.append(std::slice::from_ref(&first)).await.unwrap();
    let elsewhere = NewMessage { channel: channel("again-elsewhere"), ..again(&first) };
    let results = messages.append(&[again(&first), elsewhere, again(&first)]).await.unwrap();
    assert_eq!(results, [before(&first, 1), before(&first, 1), before(&first, 1)]);
    assert_eq!(messages.last_seq(&channel("again")).await.unwrap(), 1);
    assert_eq!(messages.last_seq(&channel("again-elsewhere")).await.unwrap(), 0);

    // Within a call, and between others.
    let [one, other] = new_messages(sources, ["again", "again"]);
    let someone_else = NewMessage { user: other.user, ..again(&first) };
    let nameless = NewMessage { client_msg_id: None, ..again(&first) };
    let also_nameless = NewMessage { client_msg_id: None, ..again(&first) };
    let all = [
        again(&first),
        one.clone(),
        someone_else,
        again(&one),
        nameless,
        other,
        again(&first),
        also_nameless,
        again(&one),
    ];
    let expected = [
        before(&first, 1),
        now(2),
        now(3),
        before(&one, 2),
        now(4),
        now(5),
        before(&first, 1),
        now(6),
        before(&one, 2),
    ];
    assert_eq!(messages.append(&all).await.unwrap(), expected);
    assert_eq!(seqs(messages, "again", ALL).await, [1, 2, 3, 4, 5, 6]);
}

/// As when clients come back to several servers.
async fn what_many_send_at_once_is_stored_once(
    messages: &dyn MessageRepository,
    sources: &Sources,
) {
    let sent: Vec<_> = (0..100).map(|_| new_message(sources, "race-0")).collect();
    let racer = async |number: usize| {
        let room = channel(&format!("race-{}", number % 4));
        let mut again = sent.clone();
        for message in &mut again {
            (message.id, message.channel) = (sources.timed_id(), room.clone());
        }
        // Some in one order, some in the other.
        if number.is_multiple_of(2) {
            again.reverse();
        }
        let results = messages.append(&again).await.unwrap();
        let results = results.into_iter().zip(again).map(|(result, message)| match result {
            Appended::Now { .. } => (message.client_msg_id, message.id, true),
            Appended::Before(original) => (message.client_msg_id, original.id, false),
        });
        results.collect::<Vec<_>>()
    };
    let results: Vec<_> = join_all((0..8).map(racer)).await.into_iter().flatten().collect();
    assert_eq!(results.iter().filter(|(.., is_new)| *is_new).count(), sent.len());
    let named: HashMap<_, _> = results.iter().map(|(name, id, _)| (name, *id)).collect();
    assert!(results.iter().all(|(name, id, _)| named[name] == *id), "all are told of the same");
    let ids: Vec<_> = named.into_values().collect();
    assert_eq!(messages.find(&ids).await.unwrap().len(), sent.len());
    for number in 0..4 {
        let seqs = seqs(messages, &format!("race-{number}"), ALL).await;
        assert_eq!(seqs, (1..).take(seqs.len()).collect::<Vec<_>>());
    }
}

async fn what_fails_is_not_stored(messages: &dyn MessageRepository, sources: &Sources) {
    let [stored, new, taken] = new_messages(sources, ["fails"; 3]);
    messages.append(std::slice::from_ref(&stored)).await.unwrap();
    let taken = NewMessage { id: stored.id, ..taken };
    assert!(messages.append(&[new.clone(), taken]).await.is_err());
    assert_eq!(messages.find(&[new.id]).await.unwrap(), []);
    assert_eq!(messages.append(&[new]).await.unwrap(), [now(2)]);
}

/// What comes of a future that is dropped when it has been woken so often; `None` if that was before
/// its end.
async fn give_up_after<T>(mut polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if polls == 0 => Poll::Ready(None),
        Poll::Pending => {
            polls -= 1;
            Poll::Pending
        }
    })
    .await
}

async fn what_is_given_up_is_stored_as_a_whole_or_not_at_all(
    messages: &dyn MessageRepository,
    sources: &Sources,
) {
    let mut stored = HashSet::new();
    // At every step of it, the last of which is the commit; several times, as chance decides how far
    // the database has come.
    for _ in 0..8 {
        for polls in 0.. {
            let new = new_messages(sources, ["given-up", "given-up-too", "given-up"]);
            let appended = give_up_after(polls, messages.append(&new)).await;
            let found = messages.find(&new.clone().map(|message| message.id)).await.unwrap();
            assert!([0, 3].contains(&found.len()), "{} of 3 after {polls} polls", found.len());
            stored.extend(found.into_iter().map(|(id, _)| id));
            if appended.is_some() {
                assert!(stored.contains(&new[0].id));
                break;
            }
        }
    }
    let last = messages.append(&new_messages(sources, ["given-up", "given-up-too"])).await.unwrap();
    let found_later = async |name| {
        let all = messages.page(&channel(name), ALL).await.unwrap();
        assert!((1..).zip(&all).all(|(seq, message)| message.seq == seq), "{name} has gaps");
        all.len()
    };
    let later = found_later("given-up").await + found_later("given-up-too").await;
    assert_eq!(later, stored.len() + last.len(), "what was not found was not stored later either");
}

async fn reads_pages(messages: &dyn MessageRepository, sources: &Sources) {
    messages.append(&new_messages(sources, ["pages"; 10])).await.unwrap();
    messages.append(&new_messages(sources, ["page", "pages-2"])).await.unwrap();
    let last = |before, limit| Page::Last { before, limit };
    let first = |after, before, limit| Page::First { after, before, limit };
    let cases: &[(Page, &[u64])] = &[
        (last(None, 3), &[8, 9, 10]),
        (last(None, 10), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        (last(None, 0), &[]),
        (last(Some(8), 3), &[5, 6, 7]),
        (last(Some(3), 100), &[1, 2]),
        (last(Some(1), 100), &[]),
        (last(Some(0), 100), &[]),
        (last(Some(u64::MAX), 1), &[10]),
        (first(0, None, 3), &[1, 2, 3]),
        (first(0, None, 0), &[]),
        (first(7, None, 100), &[8, 9, 10]),
        (first(10, None, 100), &[]),
        (first(u64::MAX, None, 100), &[]),
        (first(2, Some(5), 100), &[3, 4]),
        (first(2, Some(9), 3), &[3, 4, 5]),
        (first(2, Some(3), 100), &[]),
        (first(5, Some(2), 100), &[]),
        (first(9, Some(u64::MAX), 100), &[10]),
    ];
    for (page, expected) in cases {
        assert_eq!(seqs(messages, "pages", *page).await, *expected, "{page:?}");
    }
}

async fn finds_by_id(messages: &dyn MessageRepository, sources: &Sources) {
    assert_eq!(messages.find(&[]).await.unwrap(), []);
    let names = ["find-a", "find-b"];
    let new: Vec<_> = (0..500).map(|number| new_message(sources, names[number % 2])).collect();
    messages.append(&new).await.unwrap();
    let strangers = (0..500).map(|_| sources.random_id());
    let ids: Vec<_> = new.iter().map(|message| message.id).chain(strangers).collect();
    let mut found = messages.find(&ids).await.unwrap();
    found.sort_by_key(|(id, _)| ids.iter().position(|asked| asked == id));
    let expected: Vec<(Uuid, u64)> =
        new.iter().enumerate().map(|(number, new)| (new.id, number as u64 / 2 + 1)).collect();
    assert_eq!(found, expected);
}

async fn shows_names_as_they_are_now(
    messages: &dyn MessageRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    let user = new_user(sources, "writer@example.com");
    users.insert(&user).await.unwrap();
    let known = NewMessage { user: user.id, ..new_message(sources, "names") };
    messages.append(&[known, new_message(sources, "names")]).await.unwrap();
    let names = async |page| {
        let page = messages.page(&channel("names"), page).await.unwrap();
        page.into_iter().map(|message| message.full_name).collect::<Vec<_>>()
    };
    assert_eq!(names(ALL).await, [user.full_name.as_str(), ""]);
    let full_name = Some(FullName::parse("Ada Ñandú 👩").unwrap());
    let is_active = Some(false);
    let change = UserChange { full_name, is_active, ..UserChange::default() };
    users.update(user.id, &change).await.unwrap();
    assert_eq!(names(ALL).await, ["Ada Ñandú 👩", ""]);
    assert_eq!(names(Page::Last { before: None, limit: 5 }).await, ["Ada Ñandú 👩", ""]);
}

async fn lists_with_whom_one_has_talked(
    messages: &dyn MessageRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    let bob = new_user(sources, "talks@example.com");
    users.insert(&bob).await.unwrap();
    let stranger = || UserId::new(sources.random_id());
    let (ana, eve) = (stranger(), stranger());
    assert_eq!(messages.directs(ana, 10).await.unwrap(), []);
    // In each order of ids, with oneself, and between others.
    let talks = [(ana, bob.id), (ana, eve), (ana, ana), (bob.id, eve), (ana, bob.id)];
    for (at, (one, other)) in talks.into_iter().enumerate() {
        let message = NewMessage {
            channel: Channel::Direct(Pair::of(one, other)),
            sent_at_millis: at as u64,
            ..new_message(sources, "lobby")
        };
        messages.append(&[message]).await.unwrap();
    }
    let bobs_name = bob.full_name.to_string();
    let talk = |other: UserId, full_name: &str, last_seq: u64| Direct {
        pair: Pair::of(ana, other),
        full_name: full_name.to_owned(),
        last_seq,
    };
    let all = [talk(bob.id, &bobs_name, 2), talk(ana, "", 1), talk(eve, "", 1)];
    assert_eq!(messages.directs(ana, 10).await.unwrap(), all);
    assert_eq!(messages.directs(ana, 2).await.unwrap(), all[..2]);
    let of_eve = messages.directs(eve, 10).await.unwrap();
    assert_eq!(of_eve[0].full_name, bobs_name);
    assert_eq!(of_eve[1], talk(eve, "", 1));
}

/// Every order of old and young messages with every way to keep some of them.
async fn removes_the_oldest(messages: &dyn MessageRepository, sources: &Sources) {
    const LEN: usize = 4;
    let (old, since) = (1_000, 2_000);
    let mut cases = Vec::new();
    for young in 0..1_u32 << LEN {
        for count in [None, Some(0), Some(1), Some(3), Some(u64::MAX)] {
            for since_millis in [None, Some(since)] {
                for limit in [0, 2, 100] {
                    let name = format!("prune-{}", cases.len());
                    cases.push((name, young, Keep { count, since_millis }, limit));
                }
            }
        }
    }
    let is_young = |young: u32, seq: usize| young >> (seq - 1) & 1 == 1;
    let new = cases.iter().flat_map(|(name, young, ..)| {
        (1..=LEN).map(move |seq| {
            let sent_at_millis = if is_young(*young, seq) { since } else { old };
            NewMessage { sent_at_millis, ..new_message(sources, name) }
        })
    });
    messages.append(&new.collect::<Vec<_>>()).await.unwrap();
    for (name, young, keep, limit) in cases {
        // Whatever is the oldest goes, as long as it may.
        let goes = |seq: &usize| {
            let is_surplus = keep.count.is_some_and(|count| (LEN - seq) as u64 >= count);
            is_surplus || keep.since_millis.is_some() && !is_young(young, *seq)
        };
        let expected = (1..=LEN).take(limit as usize).take_while(goes).count();
        let removed = messages.prune(&channel(&name), keep, limit).await.unwrap();
        assert_eq!(removed as usize, expected, "{young:b} {keep:?} {limit}");
        let left = seqs(messages, &name, ALL).await;
        let expected: Vec<_> = (1..=LEN as u64).skip(expected).collect();
        assert_eq!(left, expected, "{young:b} {keep:?} {limit}");
    }
}

async fn removes_everything_and_goes_on_counting(
    messages: &dyn MessageRepository,
    sources: &Sources,
) {
    let here = channel("gone");
    let new = new_messages(sources, ["gone"; 5]);
    messages.append(&new).await.unwrap();
    messages.append(&[new_message(sources, "gone-not")]).await.unwrap();
    let nothing = Keep { count: Some(0), since_millis: None };
    let prune = async |limit| messages.prune(&here, nothing, limit).await.unwrap();
    assert_eq!((prune(3).await, prune(3).await, prune(3).await), (3, 2, 0));
    assert_eq!(messages.page(&here, ALL).await.unwrap(), []);
    assert_eq!(messages.last_seq(&here).await.unwrap(), 5);
    assert!(messages.channels("", 10_000).await.unwrap().contains(&here));
    assert_eq!(messages.find(&[new[4].id]).await.unwrap(), []);
    // What is not known any more is stored anew.
    let again = NewMessage { id: sources.timed_id(), ..new[0].clone() };
    assert_eq!(messages.append(&[again]).await.unwrap(), [now(6)]);
    assert_eq!(seqs(messages, "gone", ALL).await, [6]);
    assert_eq!(seqs(messages, "gone-not", ALL).await, [1]);
    // Numbers count, not those that are there.
    let two = Keep { count: Some(2), since_millis: None };
    assert_eq!(messages.prune(&here, two, 10).await.unwrap(), 0);
}
