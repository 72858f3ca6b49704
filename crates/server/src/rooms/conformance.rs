//! What every implementation of [`MemberRepository`] must do.

use futures_util::future::join_all;

use super::*;
use crate::clock::Sources;
use crate::users::conformance::new_user;
use crate::users::{FullName, NewUser, UserChange, UserId, UserRepository};

/// More rooms than anyone is in here.
const PLENTY: usize = 100;

/// Runs the whole suite against an empty repository.
pub(crate) async fn run(
    members: &dyn MemberRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    makes_members_and_unmakes_them(members, users, sources).await;
    nobody_is_in_more_rooms_than_they_may_be(members, users, sources).await;
    nor_if_they_join_many_at_once(members, users, sources).await;
    lists_rooms_by_name(members, users, sources).await;
    lists_members_by_name(members, users, sources).await;
}

fn room(name: &str) -> RoomName {
    name.parse().unwrap()
}

async fn add_user(users: &dyn UserRepository, sources: &Sources, email: &str) -> UserId {
    let user = new_user(sources, email);
    users.insert(&user).await.unwrap();
    user.id
}

async fn makes_members_and_unmakes_them(
    members: &dyn MemberRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    let ada = add_user(users, sources, "ada@example.com").await;
    let eva = add_user(users, sources, "eva@example.com").await;
    let (ventas, other) = (room("ventas"), room("Ventas"));
    let is_in = async |user, room| members.is_member(user, room).await.unwrap();
    assert!(!is_in(ada, &ventas).await);
    members.remove(ada, &ventas).await.unwrap();
    for _ in 0..2 {
        assert_eq!(members.add(ada, &ventas, PLENTY).await.unwrap(), Added::Member);
        assert!(is_in(ada, &ventas).await && !is_in(ada, &other).await);
        assert!(!is_in(eva, &ventas).await);
    }
    members.add(ada, &other, PLENTY).await.unwrap();
    members.add(eva, &ventas, PLENTY).await.unwrap();
    for _ in 0..2 {
        members.remove(ada, &ventas).await.unwrap();
        assert!(!is_in(ada, &ventas).await && is_in(ada, &other).await);
        assert!(is_in(eva, &ventas).await);
    }
    let stranger = UserId::new(sources.random_id());
    assert!(members.add(stranger, &ventas, PLENTY).await.is_err());
    assert!(!is_in(stranger, &ventas).await);
    assert_eq!(members.rooms_of(stranger).await.unwrap(), []);
}

async fn nobody_is_in_more_rooms_than_they_may_be(
    members: &dyn MemberRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    let user = add_user(users, sources, "most@example.com").await;
    let add = async |name, most| members.add(user, &room(name), most).await.unwrap();
    assert_eq!(add("a", 0).await, Added::TooManyRooms);
    assert_eq!(add("a", 2).await, Added::Member);
    assert_eq!(add("b", 2).await, Added::Member);
    assert_eq!(add("c", 2).await, Added::TooManyRooms);
    assert_eq!(members.rooms_of(user).await.unwrap(), [room("a"), room("b")]);
    // Whatever the number: they are in these.
    assert_eq!(add("a", 2).await, Added::Member);
    assert_eq!(add("b", 0).await, Added::Member);
    members.remove(user, &room("a")).await.unwrap();
    assert_eq!(add("c", 2).await, Added::Member);
    assert_eq!(members.rooms_of(user).await.unwrap(), [room("b"), room("c")]);
}

async fn nor_if_they_join_many_at_once(
    members: &dyn MemberRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    const MOST: usize = 5;
    let one = add_user(users, sources, "hasty@example.com").await;
    let other = add_user(users, sources, "hasty-too@example.com").await;
    // Each twice.
    let joins = (0..40).map(async |number| {
        let (user, name) =
            (if number % 2 == 0 { one } else { other }, room(&format!("r{}", number / 4)));
        (user, name.clone(), members.add(user, &name, MOST).await.unwrap())
    });
    let results = join_all(joins).await;
    for user in [one, other] {
        let mut expected: Vec<_> = results
            .iter()
            .filter(|(added, _, result)| *added == user && *result == Added::Member)
            .map(|(_, room, _)| room.clone())
            .collect();
        expected.sort();
        expected.dedup();
        assert_eq!(expected.len(), MOST);
        assert_eq!(members.rooms_of(user).await.unwrap(), expected);
    }
}

async fn lists_rooms_by_name(
    members: &dyn MemberRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    let user = add_user(users, sources, "rooms@example.com").await;
    assert_eq!(members.rooms_of(user).await.unwrap(), []);
    for name in ["z", "a1", "_a", "A", "a-1", "Z"] {
        members.add(user, &room(name), PLENTY).await.unwrap();
    }
    // By bytes: capitals first.
    let expected = ["A", "Z", "_a", "a-1", "a1", "z"].map(room);
    assert_eq!(members.rooms_of(user).await.unwrap(), expected);
}

async fn lists_members_by_name(
    members: &dyn MemberRepository,
    users: &dyn UserRepository,
    sources: &Sources,
) {
    let here = room("people");
    assert_eq!(members.members(&here, 10).await.unwrap(), []);
    let mut expected = Vec::new();
    // By bytes: capitals first, letters beyond ASCII last. Two have one name.
    for (number, name) in
        ["Ada", "Zoe", "ada", "ada", "zoe", "Álvaro", "👩"].into_iter().enumerate()
    {
        let full_name = FullName::parse(name).unwrap();
        let email = format!("person{number}@example.com");
        let user = NewUser { full_name: full_name.clone(), ..new_user(sources, &email) };
        users.insert(&user).await.unwrap();
        expected.push(Member { user: user.id, full_name });
    }
    for Member { user, .. } in expected.iter().rev() {
        members.add(*user, &here, PLENTY).await.unwrap();
    }
    let elsewhere = add_user(users, sources, "elsewhere@example.com").await;
    members.add(elsewhere, &room("people-2"), PLENTY).await.unwrap();
    expected[2..4].sort_by_key(|member| member.user);
    assert_eq!(members.members(&here, 10).await.unwrap(), expected);
    assert_eq!(members.members(&here, 3).await.unwrap(), expected[..3]);
    assert_eq!(members.members(&here, 0).await.unwrap(), []);

    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    users.update(expected[1].user, &change).await.unwrap();
    let full_name = FullName::parse("~").unwrap();
    let change = UserChange { full_name: Some(full_name.clone()), ..UserChange::default() };
    users.update(expected[0].user, &change).await.unwrap();
    let renamed = Member { full_name, ..expected[0].clone() };
    expected.insert(5, renamed);
    expected.drain(..2);
    assert_eq!(members.members(&here, 10).await.unwrap(), expected);
}
