//! What every implementation of [`ProductRepository`] must do.

use futures_util::future::join_all;

use super::*;
use crate::clock::Sources;
use crate::database::Page;
use crate::users::{UserId, UserRepository, conformance::new_user};

/// Runs the whole suite against an empty repository, whose users are those of `users`.
pub(crate) async fn run(products: &dyn ProductRepository, users: &dyn UserRepository) {
    let suite = Suite { products, users, sources: Sources::system() };
    suite.finds_what_was_inserted().await;
    suite.finds_names_in_any_case_and_slugs_first().await;
    suite.refuses_what_is_taken().await;
    suite.lets_one_of_many_at_once_have_a_title().await;
    suite.lists_by_id_what_suits().await;
    suite.changes_what_is_to_change().await;
    suite.leaves_the_images_of_one_of_many_changes().await;
    suite.removes_a_product_and_its_images().await;
}

struct Suite<'a> {
    products: &'a dyn ProductRepository,
    users: &'a dyn UserRepository,
    sources: Sources,
}

const EVERYTHING: Page = Page { limit: 1_000, offset: 0 };

impl Suite<'_> {
    async fn user(&self) -> UserId {
        let email = format!("{}@example.com", self.sources.random_id().simple());
        let user = new_user(&self.sources, &email);
        self.users.insert(&user).await.unwrap();
        user.id
    }

    async fn draft(&self, title: &str) -> NewProduct {
        NewProduct {
            id: ProductId::new(self.sources.timed_id()),
            title: title.to_owned(),
            price: 12.5,
            description: Some("'); DROP TABLE products; --\n\"quoted\" \u{1F9E5}".to_owned()),
            slug: Slug::of(title),
            stock: 3,
            sizes: vec!["S".to_owned(), "{M,\"L\"}".to_owned()],
            gender: Gender::Men,
            tags: vec!["rain, 'wet'".to_owned()],
            images: vec!["2.png".to_owned(), "1.png".to_owned(), "2.png".to_owned()],
            user: self.user().await,
        }
    }

    async fn find(&self, term: &str) -> Option<Product> {
        self.products.find(&Term::parse(term)).await.unwrap()
    }

    async fn finds_what_was_inserted(&self) {
        let new = NewProduct { price: 0.1 + 0.2, ..self.draft("Rain coat").await };
        let stored = self.products.insert(&new).await.unwrap();
        let expected = Product {
            id: new.id,
            title: new.title,
            price: new.price,
            description: new.description,
            slug: new.slug,
            stock: new.stock,
            sizes: new.sizes,
            gender: "men".to_owned(),
            tags: new.tags,
            images: new.images,
            user: self.users.find(new.user).await.unwrap(),
        };
        assert!(expected.user.is_some());
        assert_eq!(stored, expected);
        assert_eq!(self.find(&new.id.to_string()).await, Some(expected));
        let bare = NewProduct {
            description: None,
            sizes: vec![],
            tags: vec![],
            images: vec![],
            ..self.draft("Bare").await
        };
        let stored = self.products.insert(&bare).await.unwrap();
        assert_eq!(stored.description, None);
        let lists = [stored.sizes, stored.tags, stored.images];
        assert!(lists.iter().all(Vec::is_empty));
    }

    async fn finds_names_in_any_case_and_slugs_first(&self) {
        let rain = self.find("rain_coat").await;
        assert!(rain.is_some());
        for name in ["RAIN_COAT", "rain coat", "Rain Coat", "RAIN COAT"] {
            assert_eq!(self.find(name).await, rain, "{name}");
        }
        let titled = self.draft("boots").await;
        let titled = NewProduct { slug: Slug::of("other boots"), ..titled };
        self.products.insert(&titled).await.unwrap();
        let slugged = NewProduct { slug: Slug::of("boots"), ..self.draft("Winter").await };
        self.products.insert(&slugged).await.unwrap();
        assert_eq!(self.find("Boots").await.unwrap().id, slugged.id);
        let stranger = self.sources.random_id().to_string();
        for name in ["", "rain", "rain_coat ", "%", "' OR 1=1 --", "a\0b", &stranger] {
            assert_eq!(self.find(name).await, None, "{name:?}");
        }
    }

    async fn refuses_what_is_taken(&self) {
        let first = self.draft("Taken").await;
        self.products.insert(&first).await.unwrap();
        let title = NewProduct { slug: Slug::of("free"), ..self.draft("Taken").await };
        let slug = NewProduct { title: "Free".to_owned(), ..self.draft("Taken").await };
        for (product, taken) in [(title, Taken::Title), (slug, Taken::Slug)] {
            let error = self.products.insert(&product).await.unwrap_err();
            assert!(matches!(error, ChangeError::Taken(what) if what == taken), "{error:?}");
            assert_eq!(self.find(&product.id.to_string()).await, None);
        }
        let other = self.draft("Other").await;
        self.products.insert(&other).await.unwrap();
        let change = ProductChange { images: Some(vec![]), ..nothing(other.user) };
        for (change, taken) in [
            (ProductChange { title: Some("Taken".to_owned()), ..change.clone() }, Taken::Title),
            (ProductChange { slug: Some(Slug::of("taken")), ..change }, Taken::Slug),
        ] {
            let error = self.products.update(other.id, &change).await.unwrap_err();
            assert!(matches!(error, ChangeError::Taken(what) if what == taken), "{error:?}");
        }
        let kept = self.find("other").await.unwrap();
        assert_eq!(kept.images, other.images, "a change that fails changes nothing");
    }

    async fn lets_one_of_many_at_once_have_a_title(&self) {
        let mut rivals = Vec::new();
        for _ in 0..8 {
            rivals.push(self.draft("Rival").await);
        }
        let results = join_all(rivals.iter().map(|rival| self.products.insert(rival))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for error in results.into_iter().filter_map(Result::err) {
            assert!(matches!(error, ChangeError::Taken(_)), "{error}");
        }
    }

    async fn lists_by_id_what_suits(&self) {
        for (number, gender) in Gender::ALL.into_iter().cycle().take(12).enumerate() {
            let new = self.draft(&format!("List {number}")).await;
            self.products.insert(&NewProduct { gender, ..new }).await.unwrap();
        }
        let all = self.products.list(ProductFilter::default(), EVERYTHING).await.unwrap();
        assert!(all.len() > 12, "the tests before have added some");
        assert!(all.is_sorted_by(|a, b| a.id < b.id));
        assert!(all.iter().all(|product| product.user.is_some()));
        let part = Page { limit: 3, offset: 2 };
        let page = self.products.list(ProductFilter::default(), part).await.unwrap();
        assert_eq!(page, all[2..5]);
        for (gender, suits) in
            [(Gender::Women, &["women", "unisex"][..]), (Gender::Unisex, &["unisex"])]
        {
            let mut expected = all.clone();
            expected.retain(|product| suits.contains(&product.gender.as_str()));
            let filter = ProductFilter { gender: Some(gender) };
            assert_eq!(self.products.list(filter, EVERYTHING).await.unwrap(), expected);
            let page = self.products.list(filter, part).await.unwrap();
            assert_eq!(page, expected[2..expected.len().min(5)]);
        }
        let beyond = Page { limit: 3, offset: u32::MAX };
        assert_eq!(self.products.list(ProductFilter::default(), beyond).await.unwrap(), []);
    }

    async fn changes_what_is_to_change(&self) {
        let new = self.draft("Change").await;
        let before = self.products.insert(&new).await.unwrap();
        let editor = self.user().await;
        let changed = self.products.update(new.id, &nothing(editor)).await.unwrap().unwrap();
        let user = self.users.find(editor).await.unwrap();
        assert_eq!(changed, Product { user: user.clone(), ..before });
        let change = ProductChange {
            title: Some("Changed".to_owned()),
            price: Some(99.0),
            description: DescriptionChange::Replace("new".to_owned()),
            slug: Some(Slug::of("changed now")),
            stock: Some(0),
            sizes: Some(vec!["XL".to_owned()]),
            gender: Some(Gender::Kid),
            tags: Some(vec![]),
            images: Some(vec!["b".to_owned(), "a".to_owned()]),
            user: editor,
        };
        let expected = Product {
            id: new.id,
            title: "Changed".to_owned(),
            price: 99.0,
            description: Some("new".to_owned()),
            slug: Slug::of("changed now"),
            stock: 0,
            sizes: vec!["XL".to_owned()],
            gender: "kid".to_owned(),
            tags: vec![],
            images: vec!["b".to_owned(), "a".to_owned()],
            user,
        };
        let changed = self.products.update(new.id, &change).await.unwrap();
        assert_eq!(changed.as_ref(), Some(&expected));
        assert_eq!(self.find("changed_now").await.as_ref(), Some(&expected));
        let remove = ProductChange { description: DescriptionChange::Remove, ..nothing(editor) };
        let bare = self.products.update(new.id, &remove).await.unwrap();
        assert_eq!(bare, Some(Product { description: None, ..expected }));
        let stranger = ProductId::new(self.sources.random_id());
        assert_eq!(self.products.update(stranger, &change).await.unwrap(), None);
    }

    async fn leaves_the_images_of_one_of_many_changes(&self) {
        let new = self.draft("Contested").await;
        self.products.insert(&new).await.unwrap();
        let changes: Vec<_> = (0..8)
            .map(|number| {
                let images = (0..5).map(|image| format!("{number}-{image}")).collect();
                ProductChange { images: Some(images), ..nothing(new.user) }
            })
            .collect();
        let updates = changes.iter().map(|change| self.products.update(new.id, change));
        for (result, change) in join_all(updates).await.into_iter().zip(&changes) {
            assert_eq!(Some(result.unwrap().unwrap().images), change.images);
        }
        let left = self.find("contested").await.unwrap().images;
        assert!(changes.iter().any(|change| change.images.as_ref() == Some(&left)), "{left:?}");
    }

    async fn removes_a_product_and_its_images(&self) {
        let new = self.draft("Removed").await;
        self.products.insert(&new).await.unwrap();
        assert!(self.products.remove(new.id).await.unwrap());
        assert!(!self.products.remove(new.id).await.unwrap());
        assert_eq!(self.find("removed").await, None);
        let again = NewProduct { images: vec![], ..new };
        assert!(self.products.insert(&again).await.unwrap().images.is_empty());
    }
}

/// A change of nothing but who made the last one.
fn nothing(user: UserId) -> ProductChange {
    ProductChange {
        title: None,
        price: None,
        description: DescriptionChange::Keep,
        slug: None,
        stock: None,
        sizes: None,
        gender: None,
        tags: None,
        images: None,
        user,
    }
}
