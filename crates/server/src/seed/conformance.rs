//! What every implementation of [`SeedRepository`] must do.

use futures_util::future::join_all;

use super::{Added, SeedRepository};
use crate::clock::Sources;
use crate::database::Page;
use crate::products::{
    Gender, NewProduct, Product, ProductFilter, ProductId, ProductRepository, Slug,
};
use crate::users::{Credentials, Email, UserId, UserRepository, conformance::new_user};

/// Runs the whole suite against an empty database.
pub(crate) async fn run(
    seed: &dyn SeedRepository,
    users: &dyn UserRepository,
    products: &dyn ProductRepository,
) {
    let sources = Sources::system();
    let owner = Email::parse("owner@example.com").unwrap();
    let new_users = || {
        ["owner@example.com", "other@example.com"].map(|email| {
            let user = new_user(&sources, email);
            Credentials {
                password: user.password.clone(),
                user: user.into_user(),
                tokens_since_secs: 0,
            }
        })
    };
    let make = |user| (0..3).map(|number| product(&sources, number, user)).collect();
    let all = async || {
        let page = Page { limit: 100, offset: 0 };
        products.list(ProductFilter::default(), page).await.unwrap()
    };

    // Without an owner nothing happens, not even the users.
    let stranger = Email::parse("stranger@example.com").unwrap();
    assert!(seed.add_missing(&new_users(), &stranger, &make).await.is_err());
    assert!(users.find_credentials(&owner).await.unwrap().is_none());

    // One title and one slug are taken.
    let known = new_user(&sources, "known@example.com");
    users.insert(&known).await.unwrap();
    let taken = NewProduct { slug: Slug::of("x"), ..product(&sources, 0, known.id) };
    products.insert(&taken).await.unwrap();
    let taken = NewProduct { title: "y".to_owned(), ..product(&sources, 1, known.id) };
    products.insert(&taken).await.unwrap();

    let attempts = (0..4).map(|_| {
        let users = new_users();
        let (owner, make) = (&owner, &make);
        async move { seed.add_missing(&users, owner, make).await.unwrap() }
    });
    let mut added = join_all(attempts).await;
    added.sort_by_key(|added| added.users);
    let nothing = Added::default();
    assert_eq!(added, [nothing, nothing, nothing, Added { users: 2, products: 1 }]);
    let found: Vec<Product> = all().await;
    assert_eq!(found.len(), 3);
    let owner = users.find_credentials(&owner).await.unwrap().unwrap().user;
    let added = found.iter().find(|product| product.title == "Seed 2").unwrap();
    assert_eq!((added.images.len(), added.user.as_ref()), (2, Some(&owner)));
}

fn product(sources: &Sources, number: u32, user: UserId) -> NewProduct {
    let title = format!("Seed {number}");
    NewProduct {
        id: ProductId::new(sources.timed_id()),
        slug: Slug::of(&title),
        title,
        price: 1.0,
        description: None,
        stock: 0,
        sizes: vec![],
        gender: Gender::Unisex,
        tags: vec![],
        images: vec!["1.webp".to_owned(), "2.webp".to_owned()],
        user,
    }
}
