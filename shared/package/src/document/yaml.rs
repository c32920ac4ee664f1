//! YAML into nodes, from the events of a parser that keeps positions.

use super::lenient::Lenient;
use super::{Content, MAX_DEPTH, Node, Style, SyntaxError};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

type Anchors = HashMap<usize, Rc<Node>>;

/// A collection that is still open.
struct Open {
    node: Node,
    /// Levels of its deepest child, aliases written out.
    below: usize,
    /// The key that waits for its value.
    key: Option<Rc<Node>>,
}

/// Reads the first document of `text`.
pub(super) fn parse(text: &str) -> Result<(Rc<Node>, Anchors), SyntaxError> {
    let mut lenient = Lenient::new(text);
    loop {
        let shown = lenient.shown();
        match parse_shown(text, &shown, lenient.offsets(&shown)) {
            Err(error) if lenient.move_line(&error) => {}
            done => return done,
        }
    }
}

/// Reads `shown`, which is `text` but for white space; `offset` leads from characters of one to bytes of the other.
fn parse_shown(text: &str, shown: &str, offset: impl Fn(usize) -> usize) -> Result<(Rc<Node>, Anchors), SyntaxError> {
    let mut anchors = Anchors::new();
    let mut levels: HashMap<usize, usize> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut last_end = 0;
    let mut parser = Parser::new_from_str(shown);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax_error(&error))?;
        let place = Place { span: offset(span.start.index())..offset(span.end.index()), line: span.start.line() };
        let mut height = 1;
        let finished = match event {
            Event::Scalar(value, style, anchor, tag) => {
                let span = scalar_span(text, last_end, &place.span, style);
                let content = Content::Scalar { text: value.into_owned(), style: written(style) };
                Some(place.node(content, anchor, tag.as_ref(), span))
            }
            Event::Alias(anchor) => {
                // What an alias names is finished before it, or the alias stands inside of it and it never ends.
                let Some(below) = levels.get(&anchor) else {
                    let problem = "an alias stands inside of what it names".to_owned();
                    return Err(SyntaxError { line: place.line, problem });
                };
                if open.len() + below > MAX_DEPTH {
                    return Err(too_deep(place.line));
                }
                height = *below;
                let span = place.span.clone();
                Some(place.node(Content::Alias(anchor), 0, None, span))
            }
            Event::SequenceStart(anchor, tag) => {
                let span = place.span.clone();
                push(&mut open, place.node(Content::Sequence(Vec::new()), anchor, tag.as_ref(), span))?;
                None
            }
            Event::MappingStart(anchor, tag) => {
                let span = place.span.clone();
                let flow = text[span.clone()].ends_with('{');
                let content = Content::Mapping { entries: Vec::new(), flow };
                push(&mut open, place.node(content, anchor, tag.as_ref(), span))?;
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|open| {
                height = open.below + 1;
                let closed = (!place.span.is_empty()).then_some(place.span.end);
                Node { closed, ..open.node }
            }),
            Event::DocumentEnd | Event::StreamEnd => {
                return Err(SyntaxError { line: 1, problem: "the file is empty".to_owned() });
            }
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) => None,
        };
        last_end = offset(span.end.index());
        let Some(node) = finished else { continue };
        let node = Rc::new(node);
        if let Some(anchor) = node.anchor {
            anchors.insert(anchor, Rc::clone(&node));
            levels.insert(anchor, height);
        }
        match open.last_mut() {
            None => return Ok((node, anchors)),
            Some(parent) => parent.add(node, height),
        }
    }
    Err(SyntaxError { line: 1, problem: "the file is empty".to_owned() })
}

struct Place {
    span: Range<usize>,
    line: usize,
}

impl Place {
    fn node(&self, content: Content, anchor: usize, tag: Option<&Cow<'_, Tag>>, span: Range<usize>) -> Node {
        let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty()).map(|tag| tag.suffix.clone());
        Node { content, tag, anchor: (anchor > 0).then_some(anchor), span, closed: None, line: self.line }
    }
}

impl Open {
    fn add(&mut self, child: Rc<Node>, height: usize) {
        self.below = self.below.max(height);
        match &mut self.node.content {
            Content::Sequence(items) => items.push(child),
            Content::Mapping { entries, .. } => match self.key.take() {
                None => self.key = Some(child),
                Some(key) => entries.push((key, child)),
            },
            Content::Scalar { .. } | Content::Alias(_) => {}
        }
    }
}

fn push(open: &mut Vec<Open>, node: Node) -> Result<(), SyntaxError> {
    if open.len() >= MAX_DEPTH {
        return Err(too_deep(node.line));
    }
    open.push(Open { node, below: 0, key: None });
    Ok(())
}

fn too_deep(line: usize) -> SyntaxError {
    SyntaxError { line, problem: format!("nested deeper than {MAX_DEPTH} levels") }
}

/// The parser gives a block scalar's span without its header (`>-`), which stands after what was read before.
fn scalar_span(text: &str, last_end: usize, span: &Range<usize>, style: ScalarStyle) -> Range<usize> {
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded => {
            let header = text[last_end..span.start].find(['|', '>']).unwrap_or(span.start - last_end);
            last_end + header..span.end
        }
        _ => span.clone(),
    }
}

const fn written(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

fn syntax_error(error: &ScanError) -> SyntaxError {
    SyntaxError { line: error.marker().line().max(1), problem: error.info().to_owned() }
}
