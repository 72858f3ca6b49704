//! What every implementation of [`UserRepository`] must do.

use super::*;
use crate::clock::Sources;
use crate::database::Page;

/// Runs the whole suite against an empty repository.
pub(crate) async fn run(users: &dyn UserRepository, sources: &Sources) {
    users.ping().await.unwrap();
    finds_what_was_inserted(users, sources).await;
    answers_none_for_strangers(users, sources).await;
    refuses_a_taken_email(users, sources).await;
    lets_one_of_many_at_once_have_an_email(users, sources).await;
    adds_many_as_a_whole(users, sources).await;
    lists_by_email(users).await;
    changes_what_is_to_change(users, sources).await;
    another_password_revokes_tokens(users, sources).await;
    finds_many_at_once(users, sources).await;
}

/// A user with this email and everything else drawn.
pub(crate) fn new_user(sources: &Sources, email: &str) -> NewUser {
    NewUser {
        id: UserId::new(sources.random_id()),
        email: Email::parse(email).unwrap(),
        full_name: FullName::parse("Ada <b>Lovelace</b> 'quoted'; --").unwrap(),
        password: PasswordHash::new("$argon2id$not-a-real-hash".to_owned()),
        roles: vec![Role::Admin, Role::User],
    }
}

async fn finds_what_was_inserted(users: &dyn UserRepository, sources: &Sources) {
    let new = new_user(sources, "ada@example.com");
    users.insert(&new).await.unwrap();
    let expected = new.clone().into_user();
    assert!(expected.is_active);
    assert_eq!(users.find(new.id).await.unwrap().as_ref(), Some(&expected));
    let found = users.find_credentials(&new.email).await.unwrap().unwrap();
    assert_eq!(found.user, expected);
    assert_eq!(found.password, new.password);
}

async fn answers_none_for_strangers(users: &dyn UserRepository, sources: &Sources) {
    let stranger = UserId::new(sources.random_id());
    assert_eq!(users.find(stranger).await.unwrap(), None);
    let email = Email::parse("nobody@example.com").unwrap();
    assert!(users.find_credentials(&email).await.unwrap().is_none());
}

async fn refuses_a_taken_email(users: &dyn UserRepository, sources: &Sources) {
    users.insert(&new_user(sources, "taken@example.com")).await.unwrap();
    let again = new_user(sources, "Taken@Example.com");
    assert!(matches!(users.insert(&again).await, Err(InsertError::EmailTaken)));
    assert_eq!(users.find(again.id).await.unwrap(), None);
}

async fn lets_one_of_many_at_once_have_an_email(users: &dyn UserRepository, sources: &Sources) {
    let rivals: Vec<_> = (0..8).map(|_| new_user(sources, "rival@example.com")).collect();
    let inserts = rivals.iter().map(|rival| users.insert(rival));
    let results = futures_util::future::join_all(inserts).await;
    let mut succeeded = 0;
    for result in results {
        match result {
            Ok(()) => succeeded += 1,
            Err(InsertError::EmailTaken) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(succeeded, 1);
}

async fn adds_many_as_a_whole(users: &dyn UserRepository, sources: &Sources) {
    let many: Vec<_> = (0..20)
        .map(|number| {
            let NewUser { password, .. } = new_user(sources, "x@example.com");
            let user = new_user(sources, &format!("many{number}@example.com")).into_user();
            let user = User { is_active: number % 2 == 0, ..user };
            Credentials { user, password, tokens_since_secs: 0 }
        })
        .collect();
    let mut dropped = users.begin_adding().await.unwrap();
    dropped.add(&many[0]).await.unwrap();
    drop(dropped);
    assert_eq!(users.find(many[0].user.id).await.unwrap(), None);

    let mut adding = users.begin_adding().await.unwrap();
    for added in &many {
        adding.add(added).await.unwrap();
    }
    let (first, second) = (many[0].clone(), many[1].clone());
    assert!(matches!(adding.add(&first).await, Err(AddError::EmailTaken)));
    let email = Email::parse("other@example.com").unwrap();
    let same_id = Credentials { user: User { email, ..second.user }, ..second };
    assert!(matches!(adding.add(&same_id).await, Err(AddError::IdTaken)));
    adding.commit().await.unwrap();
    for Credentials { user, password, .. } in many {
        let found = users.find_credentials(&user.email).await.unwrap().unwrap();
        assert_eq!((found.user, found.password), (user, password));
    }
}

async fn lists_by_email(users: &dyn UserRepository) {
    let all = users.list(Page { limit: 1_000, offset: 0 }).await.unwrap();
    assert!(all.len() > 20, "the tests before have added some");
    assert!(all.is_sorted_by(|a, b| a.email.as_str() < b.email.as_str()));
    let part = users.list(Page { limit: 3, offset: 2 }).await.unwrap();
    assert_eq!(part, all[2..5]);
    assert_eq!(users.list(Page { limit: 3, offset: 100_000 }).await.unwrap(), []);
    assert_eq!(users.list(Page { limit: 0, offset: 0 }).await.unwrap(), []);
}

async fn changes_what_is_to_change(users: &dyn UserRepository, sources: &Sources) {
    let new = new_user(sources, "change@example.com");
    users.insert(&new).await.unwrap();
    let before = new.clone().into_user();
    let nothing = users.update(new.id, &UserChange::default()).await.unwrap();
    assert_eq!(nothing.as_ref(), Some(&before));
    let change = UserChange { is_active: Some(false), ..UserChange::default() };
    let inactive = User { is_active: false, ..before };
    assert_eq!(users.update(new.id, &change).await.unwrap().as_ref(), Some(&inactive));
    let full_name = FullName::parse("Ada '; DROP TABLE users; --").unwrap();
    let (full_name, roles) = (Some(full_name), Some(vec![Role::SuperUser]));
    let change = UserChange { full_name: full_name.clone(), roles, ..UserChange::default() };
    let changed = users.update(new.id, &change).await.unwrap().unwrap();
    assert_eq!((Some(changed.full_name.clone()), changed.is_active), (full_name, false));
    assert_eq!(changed.roles, [Role::SuperUser]);
    assert_eq!(users.find(new.id).await.unwrap(), Some(changed));

    let nobody = UserId::new(sources.random_id());
    assert_eq!(users.update(nobody, &change).await.unwrap(), None);
}

async fn another_password_revokes_tokens(users: &dyn UserRepository, sources: &Sources) {
    let new = new_user(sources, "password@example.com");
    users.insert(&new).await.unwrap();
    let since = async || users.find_account(new.id).await.unwrap().unwrap().tokens_since_secs;
    assert_eq!(since().await, 0);
    let change = |hash: &str, tokens_since_secs| {
        let hash = PasswordHash::new(hash.to_owned());
        let password = Some(PasswordChange { hash, tokens_since_secs });
        UserChange { password, ..UserChange::default() }
    };
    for (hash, tokens_since_secs, expected) in
        [("$argon2id$a", 70, 70), ("$argon2id$b", 50, 71), ("$argon2id$c", 90, 90)]
    {
        let changed = users.update(new.id, &change(hash, tokens_since_secs)).await.unwrap();
        assert_eq!(changed, Some(new.clone().into_user()));
        let stored = users.find_credentials(&new.email).await.unwrap().unwrap();
        assert_eq!((stored.password.expose(), stored.tokens_since_secs), (hash, expected));
        assert_eq!(since().await, expected);
    }
    users.update(new.id, &UserChange::default()).await.unwrap();
    assert_eq!(since().await, 90);
    let nobody = UserId::new(sources.random_id());
    assert_eq!(users.update(nobody, &change("$argon2id$d", 99)).await.unwrap(), None);
    assert_eq!(users.find_account(nobody).await.unwrap(), None);
}

async fn finds_many_at_once(users: &dyn UserRepository, sources: &Sources) {
    let mut expected = Vec::new();
    for user in users.list(Page { limit: 1_000, offset: 0 }).await.unwrap() {
        expected.extend(users.find_account(user.id).await.unwrap());
    }
    assert!(expected.iter().any(|account| account.tokens_since_secs > 0));
    assert!(expected.iter().any(|account| !account.user.is_active));
    let mut ids: Vec<_> = expected.iter().map(|account| account.user.id).collect();
    ids.extend((0..500).map(|_| UserId::new(sources.random_id())));
    ids.push(ids[0]);
    let mut found = users.find_accounts(&ids).await.unwrap();
    found.sort_by_key(|account| account.user.id);
    expected.sort_by_key(|account| account.user.id);
    assert_eq!(found, expected);
    assert_eq!(users.find_accounts(&ids[1..2]).await.unwrap().len(), 1);
    assert_eq!(users.find_accounts(&[]).await.unwrap(), []);
}
