//! Options as JSON objects, as JavaScript and the command line give them: unknown fields are refused, and null stands
//! for a default.

use serde::de::value::Error as NoValue;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::{Serialize, forward_to_deserialize_any};
use serde_json::Value;

/// `before` with the fields of the object `changes` in their place; null brings a default back.
///
/// # Errors
/// Why `changes` can't be: no object, an unknown field (even if it is null), a wrong type.
pub fn merge<T>(before: &T, changes: Value) -> Result<T, String>
where
    T: Serialize + DeserializeOwned,
{
    let mut value = serde_json::to_value(before).expect("options are JSON");
    let fields = value.as_object_mut().expect("options are a struct");
    let names = field_names::<T>();
    match changes {
        Value::Null => {}
        Value::Object(changes) => {
            for (name, value) in changes {
                if value.is_null() && names.contains(&name.as_str()) {
                    fields.remove(&name);
                } else {
                    fields.insert(name, value);
                }
            }
        }
        other => return Err(format!("expected an object, found {other}")),
    }
    serde_json::from_value(value).map_err(|e| e.to_string())
}

/// Options from the object `value`; null stands for the default, as a field and as the whole.
///
/// # Errors
/// As [`merge`].
#[cfg_attr(not(any(target_arch = "wasm32", test)), expect(dead_code, reason = "for JavaScript"))]
pub fn parse<T: DeserializeOwned + Default>(mut value: Value) -> Result<T, String> {
    if value.is_null() {
        return Ok(T::default());
    }
    let Some(fields) = value.as_object_mut() else {
        return Err(format!("expected an object, found {value}"));
    };
    let names = field_names::<T>();
    fields.retain(|name, field| !(field.is_null() && names.contains(&name.as_str())));
    serde_json::from_value(value).map_err(|e| e.to_string())
}

/// The fields of a struct, as they are spelled in JSON.
pub fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names = FieldNames(&[]);
    // It hears the names and then gives up: there is no value to be made.
    let _ = T::deserialize(&mut names);
    names.0
}

struct FieldNames(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut FieldNames {
    type Error = NoValue;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, NoValue> {
        self.0 = fields;
        Err(NoValue::custom("only the names are asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, NoValue> {
        Err(NoValue::custom("only a struct has names"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Options {
        pen_width: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        color: Option<String>,
    }

    impl Default for Options {
        fn default() -> Self {
            Self { pen_width: 3, color: None }
        }
    }

    #[test]
    fn what_is_given_takes_its_place_and_null_brings_a_default_back() {
        let red = Options { pen_width: 5, color: Some("red".into()) };
        let merged = |changes| merge(&red, changes).unwrap();
        assert_eq!(merged(Value::Null), red);
        assert_eq!(merged(json!({})), red);
        assert_eq!(merged(json!({ "color": null })), Options { color: None, pen_width: 5 });
        assert_eq!(merged(json!({ "color": null, "penWidth": null })), Options::default());
        assert_eq!(merged(json!({ "penWidth": 7 })).pen_width, 7);
        let parsed = |value| parse::<Options>(value).unwrap();
        assert_eq!(parsed(Value::Null), Options::default());
        assert_eq!(parsed(json!({ "penWidth": null, "color": "red" })).color, red.color);
    }

    #[test]
    fn an_unknown_field_is_refused_even_if_it_is_null() {
        for value in [json!({ "pen": 1 }), json!({ "pen": null }), json!({ "pen_width": null })] {
            let name = value.as_object().unwrap().keys().next().unwrap().clone();
            for error in [
                merge(&Options::default(), value.clone()).unwrap_err(),
                parse::<Options>(value).unwrap_err(),
            ] {
                assert!(error.contains(&name) && error.contains("penWidth"), "{error}");
            }
        }
        for value in [json!([1]), json!(1), json!("penWidth")] {
            assert!(merge(&Options::default(), value.clone()).unwrap_err().contains("object"));
            assert!(parse::<Options>(value).unwrap_err().contains("object"));
        }
    }
}
