//! The bytes that a fingerprint covers: each value with its kind and its length, so that no two contexts share them.

use datalogic_rs::datavalue::NumberValue;

use crate::json::Json;

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INTEGER: u8 = 3;
const FLOAT: u8 = 4;
const STRING: u8 = 5;
const ARRAY: u8 = 6;
const OBJECT: u8 = 7;

/// Writes an object. Its members must be sorted for equal objects to give equal bytes.
pub(super) fn write_object(members: &[(String, Json)], out: &mut Vec<u8>) {
    write_head(OBJECT, members.len(), out);
    for (key, value) in members {
        write_string(key, out);
        write(value, out);
    }
}

fn write(value: &Json, out: &mut Vec<u8>) {
    match value {
        Json::Null => out.push(NULL),
        Json::Bool(false) => out.push(FALSE),
        Json::Bool(true) => out.push(TRUE),
        Json::Number(NumberValue::Integer(integer)) => {
            out.push(INTEGER);
            out.extend_from_slice(&integer.to_be_bytes());
        }
        Json::Number(NumberValue::Float(float)) => {
            out.push(FLOAT);
            out.extend_from_slice(&float.to_bits().to_be_bytes());
        }
        Json::String(text) => write_string(text, out),
        Json::Array(items) => {
            write_head(ARRAY, items.len(), out);
            for item in items {
                write(item, out);
            }
        }
        Json::Object(members) => write_object(members, out),
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    write_head(STRING, text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn write_head(kind: u8, length: usize, out: &mut Vec<u8>) {
    out.push(kind);
    out.extend_from_slice(&(length as u64).to_be_bytes());
}
