//! What each layer does, and what bad settings are answered.

use std::time::Duration;

use super::*;

fn sources(variables: &[(&str, &str)]) -> Sources {
    let environment =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { directory: "/nonexistent".into(), environment, ..Sources::default() }
}

fn refusal(variables: &[(&str, &str)]) -> String {
    Config::load(&sources(variables)).unwrap_err().to_string()
}

#[test]
fn the_defaults_are_whole_and_valid() {
    let config = Config::load(&sources(&[])).unwrap();
    assert_eq!(config.server.address().to_string(), "127.0.0.1:3000");
    assert_eq!(config.auth.token_ttl.get(), Duration::from_hours(2));
    assert_eq!(config.auth.refusal, Refusal::Disconnect);
    assert_eq!(config.sessions.policy, SessionPolicy::Replace);
    assert_eq!(config.presence.byte_budget, 2_000_000);
    assert!(config.auth.jwt_secret.is_none());
    assert_eq!(config.cors.origins, [Origin::Any]);
    assert_eq!(config.pages.folder(), Some(std::path::Path::new("public")));
    assert_eq!(config.files.folder, std::path::Path::new("data/files"));
    assert_eq!(config.files.max_bytes, 5_000_000);
    assert_eq!(config.files.host_api, HostApi::OfRequest);
}

#[test]
fn who_listens_on_all_addresses_is_reached_on_loopback() {
    let reachable = |host| {
        Config::load(&sources(&[("HOST", host)])).unwrap().server.reachable_address().to_string()
    };
    assert_eq!(reachable("0.0.0.0"), "127.0.0.1:3000");
    assert_eq!(reachable("::"), "[::1]:3000");
    assert_eq!(reachable("192.0.2.7"), "192.0.2.7:3000");
}

#[test]
fn every_later_layer_wins() {
    let folder = tempfile::tempdir().unwrap();
    let port = |sources: &Sources| Config::load(sources).unwrap().server.port;
    let mut given = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    std::fs::write(folder.path().join("tertulia.toml"), "[server]\nport = 1").unwrap();
    assert_eq!(port(&given), 1);
    std::fs::write(folder.path().join(".env"), "PORT=2\n").unwrap();
    assert_eq!(port(&given), 2);
    given.environment.insert("PORT".to_owned(), "3".to_owned());
    assert_eq!(port(&given), 3);
    given.environment.insert("TERTULIA_SERVER__PORT".to_owned(), "4".to_owned());
    assert_eq!(port(&given), 4);
    given.arguments.push(("server.port", "5".to_owned()));
    assert_eq!(port(&given), 5);
}

#[test]
fn a_named_file_replaces_the_usual_one_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tertulia.toml"), "[server]\nport = 1").unwrap();
    let other = folder.path().join("other.toml");
    std::fs::write(&other, "[log]\nlevel = \"warn\"").unwrap();
    let mut given = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    given.file = Some(other);
    let config = Config::load(&given).unwrap();
    assert_eq!((config.server.port, config.log.level), (3000, LogLevel::Warn));
    given.file = Some(folder.path().join("absent.toml"));
    assert!(Config::load(&given).unwrap_err().to_string().contains("absent.toml cannot be read"));
}

#[test]
fn text_of_the_environment_becomes_what_the_key_needs() {
    let config = Config::load(&sources(&[
        ("JWT_SECRET", "12345678901234567890"),
        ("TERTULIA_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
        ("TERTULIA_PRESENCE__CLIENTS_UPDATED", "false"),
        ("TERTULIA_CORS__ORIGINS", "https://a.example,http://localhost:5173"),
        ("TERTULIA_AUTH__REFUSAL", "connect_error"),
        ("TERTULIA_ENGINE__PING_INTERVAL", "300ms"),
        ("TERTULIA_RATE_LIMITS__ENABLED", "false"),
        ("HOST_API", "https://shop.example/api/"),
        ("TERTULIA_LOG__FORMAT", "json"),
    ]))
    .unwrap();
    assert_eq!(config.auth.jwt_secret.unwrap().expose(), b"12345678901234567890");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert!(!config.presence.clients_updated);
    assert_eq!(config.cors.origins.len(), 2);
    assert_eq!(config.auth.refusal, Refusal::ConnectError);
    assert_eq!(config.engine.ping_interval.get(), Duration::from_millis(300));
    assert!(!config.rate_limits.enabled);
    assert_eq!(config.files.host_api, HostApi::Fixed("https://shop.example/api".to_owned()));
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn errors_name_key_source_value_and_what_is_allowed() {
    assert_eq!(
        refusal(&[("PORT", "70000")]),
        "configuration: server.port is \"70000\" (in environment variable PORT); \
         allowed: a whole number from 0 to 65535"
    );
    assert_eq!(
        refusal(&[("TERTULIA_ENGINE__PING_TIMEOUT", "soon")]),
        "configuration: engine.ping_timeout is \"soon\" \
         (in environment variable TERTULIA_ENGINE__PING_TIMEOUT); \
         allowed: a duration such as 500ms, 30s, 5m or 2h"
    );
    assert_eq!(
        refusal(&[("TERTULIA_SESSIONS__POLICY", "many")]),
        "configuration: sessions.policy is \"many\" \
         (in environment variable TERTULIA_SESSIONS__POLICY); \
         allowed: replace, reject, unlimited, or a limit such as limit:3"
    );
    assert_eq!(
        refusal(&[("TERTULIA_AUTH__REFUSAL", "silence")]),
        "configuration: auth.refusal is \"silence\" \
         (in environment variable TERTULIA_AUTH__REFUSAL); allowed: disconnect, connect_error"
    );
    assert_eq!(
        refusal(&[("DATABASE_URL", "mysql://x")]),
        "configuration: database.url is \"mysql://x\" (in environment variable DATABASE_URL); \
         allowed: sqlite://<path> or postgres://<user>:<password>@<host>:<port>/<name>"
    );
}

#[test]
fn every_kind_of_bad_value_is_refused() {
    for (name, value) in [
        ("PORT", "http"),
        ("HOST", "example.com"),
        ("TERTULIA_SERVER__WORKERS", "-1"),
        ("TERTULIA_SERVER__WORKERS", "99999"),
        ("TERTULIA_SERVER__TRUSTED_PROXIES", "proxy.local"),
        ("TERTULIA_SERVER__SHUTDOWN_TIMEOUT", "11s"),
        ("TERTULIA_SERVER__HEADER_TIMEOUT", "0s"),
        ("TERTULIA_PRESENCE__CLIENTS_UPDATED", "maybe"),
        ("TERTULIA_PRESENCE__BYTE_BUDGET", "0"),
        ("TERTULIA_AUTH__REFUSAL", "shrug"),
        ("TERTULIA_AUTH__TOKEN_TTL", "7200"),
        ("TERTULIA_ENGINE__MAX_PAYLOAD", "1"),
        ("TERTULIA_GATEWAY__NAMESPACE", "chat"),
        ("TERTULIA_MESSAGES__MAX_LENGTH", "0"),
        ("TERTULIA_RATE_LIMITS__LOGIN_PER_ADDRESS", "many"),
        ("TERTULIA_CORS__ORIGINS", "everyone"),
        ("TERTULIA_PAGES__PUBLIC", "."),
        ("TERTULIA_PAGES__PUBLIC", "/"),
        ("TERTULIA_FILES__MAX_BYTES", "0"),
        ("TERTULIA_FILES__MAX_BYTES", "100000001"),
        ("TERTULIA_FILES__UPLOAD_TIMEOUT", "0s"),
        ("TERTULIA_FILES__FOLDER", ""),
        ("HOST_API", "shop.example"),
        ("TERTULIA_SERVER__REQUEST_TIMEOUT", "60s"),
        ("TERTULIA_LOG__LEVEL", "loud"),
        ("TERTULIA_LOG__FORMAT", "xml"),
    ] {
        let line = refusal(&[(name, value)]);
        assert!(line.contains(value) && line.contains(name), "{line}");
        assert!(line.contains("; allowed: ") && !line.contains('\n'), "{line}");
    }
}

#[test]
fn the_variables_of_the_original_select_postgres() {
    let url = |given: &Sources| Config::load(given).unwrap().database.url.expose().to_owned();
    let folder = tempfile::tempdir().unwrap();
    let mut given = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    std::fs::write(folder.path().join(".env"), "DB_HOST=db\nDB_NAME=shop\n").unwrap();
    assert_eq!(url(&given), "postgres://postgres@db:5432/shop");
    given.environment.insert("DB_PASSWORD".to_owned(), "s3cret".to_owned());
    assert_eq!(url(&given), "postgres://postgres:s3cret@db:5432/shop");
    std::fs::write(folder.path().join(".env"), "DB_HOST=db\nDATABASE_URL=sqlite://own.db\n")
        .unwrap();
    assert_eq!(url(&given), "sqlite://own.db", "what is meant for us alone wins");
    given.environment.insert("DATABASE_URL".to_owned(), "sqlite://other.db".to_owned());
    assert_eq!(url(&given), "sqlite://other.db");
    let line = refusal(&[("DB_HOST", "db"), ("DATABASE_URL", "mongodb://ada:s3cret@x")]);
    assert!(line.contains("database.url is ***") && !line.contains("s3cret"), "{line}");
}

#[test]
fn unknown_keys_are_errors_wherever_they_stand() {
    let line = refusal(&[("TERTULIA_SERVER__PROT", "3000")]);
    assert!(line.contains("unknown key server.prot"), "{line}");
    assert!(line.contains("TERTULIA_SERVER__PROT") && line.contains("port"), "{line}");
    assert!(refusal(&[("TERTULIA_PORT", "1")]).contains("unknown key port"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tertulia.toml"), "[colours]\nbackground = 1").unwrap();
    let given = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    let line = Config::load(&given).unwrap_err().to_string();
    assert!(line.contains("unknown key colours") && line.contains("tertulia.toml"), "{line}");
}

#[test]
fn files_that_cannot_be_read_are_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let given = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    std::fs::write(folder.path().join("tertulia.toml"), "[server\nport = 1").unwrap();
    let line = Config::load(&given).unwrap_err().to_string();
    assert!(!line.contains('\n'), "{line}");
    std::fs::remove_file(folder.path().join("tertulia.toml")).unwrap();
    std::fs::write(folder.path().join(".env"), "JWT_SECRET='hunter2hunter2\n").unwrap();
    let line = Config::load(&given).unwrap_err().to_string();
    assert!(line.contains(".env") && !line.contains("hunter2"), "{line}");
}

#[test]
fn a_secret_of_the_wrong_type_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tertulia.toml"), "[auth]\njwt_secret = 4711").unwrap();
    let given = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    let line = Config::load(&given).unwrap_err().to_string();
    assert!(line.contains("auth.jwt_secret") && !line.contains("4711"), "{line}");
}

#[test]
fn what_is_shown_can_be_read_again_and_has_no_secrets() {
    let given = [
        ("JWT_SECRET", "12345678901234567890"),
        ("DATABASE_URL", "postgres://ada:hunter2@db/shop?password=hunter3"),
        ("PORT", "4000"),
    ];
    let shown = Config::show(&sources(&given)).unwrap();
    for secret in ["12345678901234567890", "hunter2", "hunter3"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("jwt_secret = \"***\""), "{shown}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("tertulia.toml"), &shown).unwrap();
    let again = Sources { directory: folder.path().to_owned(), ..Sources::default() };
    let config = Config::load(&again).unwrap();
    assert_eq!(config.server.port, 4_000);
    assert_eq!(Config::show(&again).unwrap(), shown);
}
