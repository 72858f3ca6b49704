//! The class of device that a client says it is.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A class of devices. There are no others: if a client could make one up, it could have a connection
/// for each, whatever the policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Device {
    /// Whoever does not say `mobile`.
    #[default]
    Desktop,
    Mobile,
}

impl Device {
    /// What `auth.device` of the handshake says. Old clients say nothing, or something of their own:
    /// both is `desktop`.
    pub(crate) fn of(said: Option<&Value>) -> Self {
        match said.and_then(Value::as_str) {
            Some("mobile") => Self::Mobile,
            _ => Self::Desktop,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
        }
    }
}

impl Serialize for Device {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl JsonSchema for Device {
    fn schema_name() -> Cow<'static, str> {
        "Device".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A class of devices.",
            "type": "string",
            "enum": [Self::Desktop.as_str(), Self::Mobile.as_str()],
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whoever_is_not_mobile_is_a_desktop() {
        assert_eq!(Device::of(Some(&json!("mobile"))), Device::Mobile);
        assert_eq!(Device::of(None), Device::Desktop);
        for other in [json!("desktop"), json!("Mobile"), json!("tv"), json!(null), json!([1])] {
            assert_eq!(Device::of(Some(&other)), Device::Desktop, "{other}");
        }
    }
}
