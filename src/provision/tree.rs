//! Documents as trees with positions: YAML, and thus JSON.
//!
//! All documents of all sources are in one [`Tree`]. Nesting, the number of values and the
//! expansion of aliases are limited, because input may be hostile or careless.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_saphyr::granit_parser::{
    Event, Marker, Options, Parser, ScalarStyle, Span, StrInput, Tag,
};

use super::environment::{Environment, substitute, variable_in};
use super::problem::{Position, Problems};
use crate::failure::nearest;

/// Maximum depth of nested lists and mappings.
const MAX_DEPTH: usize = 32;
/// Maximum number of values.
const MAX_VALUES: usize = 5_000_000;
/// Maximum number of values that aliases stand for.
const MAX_ALIASED: u64 = 1_000_000;

/// Index of a node in its tree.
pub(super) type NodeId = u32;

#[derive(Debug, Default)]
pub(super) struct Tree<'t> {
    nodes: Vec<Node<'t>>,
    /// The root node of every document.
    pub(super) documents: Vec<NodeId>,
    /// Where the first variable is, and its name, if variables are not replaced.
    pub(super) unexpanded: Option<(Position, String)>,
}

/// A value with its position.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) position: Position,
    pub(super) content: Content<'t>,
}

/// The content of a node.
#[derive(Debug)]
pub(super) enum Content<'t> {
    Scalar(Cow<'t, str>, Form),
    List(Vec<NodeId>),
    Map(Vec<(MapKey<'t>, NodeId)>),
}

/// A key of a mapping, with its position.
#[derive(Debug, Clone)]
pub(super) struct MapKey<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) position: Position,
}

/// How a scalar was written, which determines its possible types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Without quotes: a number, true, false or null if it looks like one.
    Plain,
    /// In quotes or as a block: text.
    Text,
    /// From the environment: any type that is expected.
    Substituted,
}

impl<'t> Tree<'t> {
    pub(super) fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id as usize]
    }

    /// The position of the key at a path, such as `policy.leeway_seconds` or `deployments[2].name`,
    /// below a node, or of the last existing part of that path.
    pub(super) fn locate(&self, from: NodeId, path: &str) -> Option<Position> {
        let (mut node, mut position) = (from, None);
        for step in path.split(['.', '[']).map(|step| step.trim_end_matches(']')) {
            match &self.node(node).content {
                Content::Map(entries) => {
                    let Some((key, value)) = entries.iter().find(|(key, _)| key.text == step)
                    else {
                        break;
                    };
                    (node, position) = (*value, Some(key.position));
                }
                Content::List(elements) => {
                    let Some(element) =
                        step.parse::<usize>().ok().and_then(|number| elements.get(number))
                    else {
                        break;
                    };
                    (node, position) = (*element, Some(self.node(*element).position));
                }
                Content::Scalar(..) => break,
            }
        }
        position
    }

    /// The keys of the mapping at a key of a node.
    pub(super) fn keys_below(&self, node: NodeId, key: &str) -> impl Iterator<Item = &MapKey<'t>> {
        let entries = |node: NodeId| match &self.node(node).content {
            Content::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        let mapping =
            entries(node).iter().find(|(known, _)| known.text == key).map(|(_, value)| *value);
        mapping.into_iter().flat_map(entries).map(|(key, _)| key)
    }

    /// Parses the documents of a source; problems are added to `problems`, and do not affect the
    /// rest.
    pub(super) fn read(
        &mut self,
        source: u32,
        text: &'t str,
        environment: Option<Environment<'_>>,
        problems: &mut Problems,
    ) {
        let documents_before = self.documents.len();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut options = Options::default();
        options.flow_nesting_limit = MAX_DEPTH;
        options.block_nesting_limit = MAX_DEPTH;
        let parser: Parser<'t, StrInput<'t>> = Parser::new_from_str_with_options(text, options);
        let mut builder = Builder {
            tree: self,
            source,
            environment,
            problems,
            open: Vec::new(),
            anchors: HashMap::new(),
            weights: HashMap::new(),
            aliased: 0,
        };
        for event in parser {
            let outcome = match event {
                Ok((event, span)) => builder.take(event, &span),
                Err(error) => Err((position_of(source, error.marker()), error.info())),
            };
            if let Err((position, message)) = outcome {
                problems.add(position, "", message);
                return;
            }
        }
        if self.documents.len() == documents_before {
            problems.add(
                Position { source, line: 1, column: 1 },
                "",
                "it is empty; an empty manifest is {}",
            );
        }
    }
}

fn position_of(source: u32, marker: &Marker) -> Position {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Position { source, line: number(marker.line()), column: number(marker.col()).saturating_add(1) }
}

/// Why a source cannot be read any further.
type Stop = (Position, String);

struct Builder<'b, 't> {
    tree: &'b mut Tree<'t>,
    source: u32,
    environment: Option<Environment<'b>>,
    problems: &'b mut Problems,
    open: Vec<Open<'t>>,
    anchors: HashMap<usize, NodeId>,
    /// Number of values in an anchored node, with aliases counted in full.
    weights: HashMap<NodeId, u64>,
    aliased: u64,
}

/// A list or mapping that is not closed yet.
struct Open<'t> {
    position: Position,
    anchor: usize,
    weight: u64,
    kind: OpenKind<'t>,
}

enum OpenKind<'t> {
    List(Vec<NodeId>),
    Map { entries: Vec<(MapKey<'t>, NodeId)>, key: Option<MapKey<'t>> },
}

impl<'t> Builder<'_, 't> {
    fn take(&mut self, event: Event<'t>, span: &Span) -> Result<(), Stop> {
        let position = position_of(self.source, &span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(text, style, anchor, tag.as_deref(), position)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), position);
                self.open.push(Open {
                    position,
                    anchor,
                    weight: 1,
                    kind: OpenKind::List(Vec::new()),
                });
                Ok(())
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), position);
                self.open.push(Open {
                    position,
                    anchor,
                    weight: 1,
                    kind: OpenKind::Map { entries: Vec::new(), key: None },
                });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(anchor) => self.alias(anchor, position),
            Event::DocumentStart(..) => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Only tags of the core schema are supported; on lists and mappings they have no effect.
    fn check_tag(&mut self, tag: Option<&Tag>, position: Position) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            self.problems.add(position, "", format!("the tag {tag} is not supported"));
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Map { key: None, .. }, .. }))
    }

    fn scalar(
        &mut self,
        text: Cow<'t, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        position: Position,
    ) -> Result<(), Stop> {
        self.check_tag(tag, position);
        if self.expects_key() && anchor == 0 {
            self.set_key(MapKey { text, position });
            return Ok(());
        }
        let is_text = style != ScalarStyle::Plain
            || tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        let form = if is_text { Form::Text } else { Form::Plain };
        let environment = self.environment.filter(|_| text.contains("${"));
        if self.environment.is_none() && self.tree.unexpanded.is_none() {
            self.tree.unexpanded = variable_in(&text).map(|name| (position, name));
        }
        let (text, form) = match environment {
            None => (text, form),
            Some(environment) => match substitute(&text, environment) {
                Ok((text, true)) => (Cow::Owned(text), Form::Substituted),
                Ok((text, false)) => (Cow::Owned(text), form),
                Err(message) => {
                    self.problems.add(position, "", message);
                    (text, Form::Substituted)
                }
            },
        };
        self.finish(Node { position, content: Content::Scalar(text, form) }, anchor, 1)
    }

    fn set_key(&mut self, new: MapKey<'t>) {
        if let Some(Open { kind: OpenKind::Map { key, .. }, .. }) = self.open.last_mut() {
            *key = Some(new);
        }
    }

    fn close(&mut self) -> Result<(), Stop> {
        let Some(Open { position, anchor, weight, kind }) = self.open.pop() else { return Ok(()) };
        let content = match kind {
            OpenKind::List(elements) => Content::List(elements),
            OpenKind::Map { entries, .. } => Content::Map(self.checked(entries)),
        };
        self.finish(Node { position, content }, anchor, weight)
    }

    fn alias(&mut self, anchor: usize, position: Position) -> Result<(), Stop> {
        let Some(id) = self.anchors.get(&anchor).copied() else {
            return Err((position, "this alias refers to a value that contains it".into()));
        };
        let weight = self.weights.get(&id).copied().unwrap_or(1);
        self.aliased = self.aliased.saturating_add(weight);
        if self.aliased > MAX_ALIASED {
            return Err((
                position,
                format!("aliases stand for more than {MAX_ALIASED} values; write them out"),
            ));
        }
        self.put(id, weight, position)
    }

    fn finish(&mut self, node: Node<'t>, anchor: usize, weight: u64) -> Result<(), Stop> {
        let position = node.position;
        if self.tree.nodes.len() >= MAX_VALUES {
            return Err((
                position,
                format!(
                    "there are more than {MAX_VALUES} values; split the manifest and apply its \
                     parts one by one"
                ),
            ));
        }
        let id = NodeId::try_from(self.tree.nodes.len()).unwrap_or(NodeId::MAX);
        self.tree.nodes.push(node);
        if anchor != 0 {
            self.anchors.insert(anchor, id);
            self.weights.insert(id, weight);
        }
        self.put(id, weight, position)
    }

    /// Adds a node to the open list or mapping, or to the documents.
    fn put(&mut self, id: NodeId, weight: u64, position: Position) -> Result<(), Stop> {
        let Some(open) = self.open.last_mut() else {
            // A document that contains only comments is ignored, like null.
            if !matches!(&self.tree.node(id).content, Content::Scalar(text, Form::Plain) if matches!(&**text, "" | "~" | "null"))
            {
                self.tree.documents.push(id);
            }
            return Ok(());
        };
        open.weight = open.weight.saturating_add(weight);
        match &mut open.kind {
            OpenKind::List(elements) => elements.push(id),
            OpenKind::Map { entries, key } => match key.take() {
                Some(key) => entries.push((key, id)),
                None => {
                    let Content::Scalar(text, _) = &self.tree.node(id).content else {
                        return Err((
                            position,
                            "a key must be text, not a list or a mapping".into(),
                        ));
                    };
                    *key = Some(MapKey { text: text.clone(), position });
                }
            },
        }
        Ok(())
    }

    /// The entries of a mapping, merged ones (`<<`) among them, each key once.
    fn checked(&mut self, mut entries: Vec<(MapKey<'t>, NodeId)>) -> Vec<(MapKey<'t>, NodeId)> {
        let merges: Vec<(MapKey<'t>, NodeId)> =
            entries.extract_if(.., |(key, _)| key.text == "<<").collect();
        let mut seen: HashMap<Cow<'t, str>, Position> = HashMap::new();
        let is_small = entries.len() <= 16;
        let mut kept: Vec<(MapKey<'t>, NodeId)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let first = match is_small {
                true => kept
                    .iter()
                    .find(|(known, _)| known.text == key.text)
                    .map(|(known, _)| known.position),
                false => seen.insert(key.text.clone(), key.position),
            };
            match first {
                None => kept.push((key, value)),
                Some(first) => self.problems.add(
                    key.position,
                    key.text,
                    format!("is already defined in line {}, column {}", first.line, first.column),
                ),
            }
        }
        for (key, value) in merges {
            self.merge(&mut kept, &key, value);
        }
        kept
    }

    /// Adds the entries of a merge key that the mapping does not have itself.
    fn merge(&mut self, entries: &mut Vec<(MapKey<'t>, NodeId)>, key: &MapKey<'t>, value: NodeId) {
        let sources: Vec<NodeId> = match &self.tree.node(value).content {
            Content::List(elements) => elements.clone(),
            _ => vec![value],
        };
        for source in sources {
            match &self.tree.node(source).content {
                Content::Map(merged) => {
                    let known: HashSet<Cow<'t, str>> =
                        entries.iter().map(|(known, _)| known.text.clone()).collect();
                    entries.extend(
                        merged.iter().filter(|(new, _)| !known.contains(&new.text)).cloned(),
                    );
                }
                _ => self.problems.add(
                    key.position,
                    "<<",
                    "must be a mapping, or a list of mappings",
                ),
            }
        }
    }
}

/// A suggestion in parentheses; empty if no known name is similar.
pub(super) fn suggestion(name: &str, known: &[&str]) -> String {
    nearest(name, known.iter().copied())
        .first()
        .map(|nearest| format!(" (did you mean {nearest}?)"))
        .unwrap_or_default()
}
