//! What a message may contain (`api/slack.md` §5).

use super::args::{Args, Refusal};
use serde_json::Value as Json;
use std::collections::HashSet;

/// The checked content of a post or an update.
#[derive(Debug, Default)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) blocks: Option<Json>,
    pub(super) truncated: bool,
}

/// Characters a message's text may have; posting cuts there.
const MOST_TEXT: usize = 40_000;
const MOST_BLOCKS: usize = 50;
const MOST_ATTACHMENTS: usize = 100;
const MOST_MARKDOWN: usize = 12_000;

pub(super) fn content(args: &Args) -> Result<Content, Refusal> {
    let blocks = args.json("blocks")?;
    let attachments = args.json("attachments")?;
    let markdown = args.text("markdown_text");
    let text = args.text("text");
    if let Some(blocks) = &blocks {
        check_blocks(blocks)?;
    }
    if let Some(list) = attachments.as_ref().and_then(Json::as_array)
        && list.len() > MOST_ATTACHMENTS
    {
        return Err("too_many_attachments".into());
    }
    if let Some(markdown) = markdown {
        if text.is_some() || blocks.is_some() {
            return Err("markdown_text_conflict".into());
        }
        if markdown.chars().count() > MOST_MARKDOWN {
            return Err("msg_too_long".into());
        }
        return Ok(Content {
            text: markdown,
            ..Content::default()
        });
    }
    let no_blocks = blocks
        .as_ref()
        .and_then(Json::as_array)
        .is_none_or(Vec::is_empty);
    if text.is_none() && no_blocks && attachments.is_none() {
        return Err("no_text".into());
    }
    let text = text.unwrap_or_default();
    Ok(Content {
        truncated: text.chars().count() > MOST_TEXT,
        text: text.chars().take(MOST_TEXT).collect(),
        blocks,
    })
}

/// Whether a message would call on everybody: a name that was not escaped.
pub(super) fn calls_everybody(content: &Content) -> bool {
    fn any(value: &Json, found: &dyn Fn(&str) -> bool) -> bool {
        match value {
            Json::String(text) => found(text),
            Json::Array(list) => list.iter().any(|item| any(item, found)),
            Json::Object(map) => map.values().any(|item| any(item, found)),
            _ => false,
        }
    }
    let found = |text: &str| {
        ["<!channel", "<!here", "<!everyone"]
            .iter()
            .any(|call| text.contains(call))
    };
    found(&content.text)
        || content
            .blocks
            .as_ref()
            .is_some_and(|blocks| any(blocks, &found))
}

fn check_blocks(blocks: &Json) -> Result<(), Refusal> {
    let Some(list) = blocks.as_array() else {
        return Err("invalid_blocks_format".into());
    };
    if list.len() > MOST_BLOCKS {
        return Err(bad(format!("no more than {MOST_BLOCKS} items allowed")));
    }
    let mut ids = HashSet::new();
    for (number, block) in list.iter().enumerate() {
        check_block(block)
            .map_err(|what| bad(format!("{what} [json-pointer:/blocks/{number}]")))?;
        let Some(id) = block.get("block_id").and_then(Json::as_str) else {
            continue;
        };
        if id.chars().count() > 255 || !ids.insert(id) {
            return Err(bad(format!("`block_id` at /blocks/{number}")));
        }
    }
    Ok(())
}

fn bad(what: String) -> Refusal {
    Refusal::invalid_blocks(what)
}

fn check_block(block: &Json) -> Result<(), String> {
    let kind = block
        .get("type")
        .and_then(Json::as_str)
        .ok_or("missing `type`")?;
    match kind {
        "header" => {
            plain(block.get("text"))?;
            text_of(block.get("text"), 150)
        }
        "section" => {
            let fields = list(block, "fields", 10)?;
            for field in fields {
                text_of(Some(field), 2_000)?;
            }
            match block.get("text") {
                None if !fields.is_empty() => Ok(()),
                text => text_of(text, 3_000),
            }
        }
        "context" => list(block, "elements", 10).and_then(|elements| {
            let mut texts = elements.iter().filter(|e| e["type"] != "image");
            texts.try_for_each(|e| text_of(Some(e), 3_000))
        }),
        "actions" => list(block, "elements", 25)?.iter().try_for_each(button),
        "divider" | "image" | "rich_text" | "markdown" | "table" | "file" | "video" => Ok(()),
        other => Err(format!("unsupported type: {other}")),
    }
}

fn button(element: &Json) -> Result<(), String> {
    if element["type"] != "button" {
        return Ok(());
    }
    plain(element.get("text"))?;
    text_of(element.get("text"), 75)?;
    for (name, most) in [("value", 2_000), ("url", 3_000), ("action_id", 255)] {
        if element[name]
            .as_str()
            .is_some_and(|text| text.chars().count() > most)
        {
            return Err(format!("`{name}` must be no more than {most} characters"));
        }
    }
    Ok(())
}

fn list<'a>(block: &'a Json, name: &str, most: usize) -> Result<&'a [Json], String> {
    let list = block
        .get(name)
        .and_then(Json::as_array)
        .map_or(&[][..], Vec::as_slice);
    if list.len() > most {
        return Err(format!("no more than {most} `{name}` allowed"));
    }
    Ok(list)
}

fn plain(text: Option<&Json>) -> Result<(), String> {
    match text {
        Some(text) if text["type"] == "plain_text" => Ok(()),
        _ => Err("`text` must be of type plain_text".into()),
    }
}

fn text_of(object: Option<&Json>, most: usize) -> Result<(), String> {
    let text = object
        .filter(|o| o["type"] == "mrkdwn" || o["type"] == "plain_text")
        .and_then(|o| o["text"].as_str())
        .ok_or("a text object is missing")?;
    match text.chars().count() {
        0 => Err("must be more than 0 characters".into()),
        n if n > most => Err(format!("must be less than {} characters", most + 1)),
        _ => Ok(()),
    }
}
