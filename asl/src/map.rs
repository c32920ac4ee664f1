//! The same with each of many items.

use crate::data::{Assign, Template, present};
use crate::machine::States;
use crate::{Catch, Dynamic, QueryLanguage, Resource, Retry, Selection, Transition};
use serde::{Deserialize, Serialize};

/// Runs its processor once for each item, and goes on with the list of outputs.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Map {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// In what it is written, if not as the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_language: Option<QueryLanguage>,
    /// JSONPath: what of the input is used.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub input_path: Option<Selection>,
    /// JSONata: the items; without it, the input.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub items: Option<Dynamic>,
    /// JSONPath: where the items stand in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_path: Option<String>,
    /// Distributed: the items, from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_reader: Option<ItemReader>,
    /// What each item is made into.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub item_selector: Option<Template>,
    /// The older name of the item selector.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// Distributed: many items at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_batcher: Option<ItemBatcher>,
    /// What is done with each item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_processor: Option<ItemProcessor>,
    /// The older name of the item processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterator: Option<ItemProcessor>,
    /// How many items at once; 0 is as many as possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<Dynamic<u32>>,
    /// JSONPath: where that number stands in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrency_path: Option<String>,
    /// Distributed: how many of a hundred items may fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<Dynamic<f64>>,
    /// JSONPath: where that number stands in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage_path: Option<String>,
    /// Distributed: how many items may fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<Dynamic<u32>>,
    /// JSONPath: where that number stands in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count_path: Option<String>,
    /// Distributed: what the names of its runs begin with, at most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Distributed: the outputs, to elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_writer: Option<ResultWriter>,
    /// JSONPath: what the outputs are made into.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_selector: Option<Template>,
    /// JSONPath: where in the input that is put.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub result_path: Option<Selection>,
    /// JSONPath: what of that goes on.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output_path: Option<Selection>,
    /// JSONata: the next state's input; without it, the list of outputs.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub output: Option<Dynamic>,
    /// Variables that are set on the way.
    #[serde(default, skip_serializing_if = "Assign::is_empty")]
    pub assign: Assign,
    /// Tried in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retry: Vec<Retry>,
    /// Tried in order, once no retrier is left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub catch: Vec<Catch>,
    /// Where to go.
    #[serde(flatten, skip_deserializing)]
    pub transition: Transition,
}

impl Map {
    /// What is done with each item, under whichever name.
    pub fn processor(&self) -> Option<&ItemProcessor> {
        self.item_processor.as_ref().or(self.iterator.as_ref())
    }

    /// True if every item is an execution of its own.
    pub fn is_distributed(&self) -> bool {
        self.config().is_some_and(|config| config.mode == Some(Mode::Distributed))
    }

    /// True if every item is an express execution.
    pub fn is_express(&self) -> bool {
        self.is_distributed() && self.config().is_some_and(|it| it.execution_type == Some(ExecutionType::Express))
    }

    pub(crate) fn config(&self) -> Option<&ProcessorConfig> {
        self.processor().and_then(|processor| processor.processor_config.as_ref())
    }
}

/// What a [`Map`] does with each item: a machine of its own, whose states go nowhere else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ItemProcessor {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// How items are run; without it, inline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processor_config: Option<ProcessorConfig>,
    /// Its first state.
    pub start_at: String,
    /// All its states by name.
    pub states: States,
}

/// How the items of a [`Map`] are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ProcessorConfig {
    /// Without it, inline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Distributed, which needs it: what kind of execution each item is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_type: Option<ExecutionType>,
}

/// Where the items of a [`Map`] run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    /// In the same execution, at most 40 at once.
    Inline,
    /// Each in an execution of its own, up to 10,000 at once.
    Distributed,
}

/// The kind of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ExecutionType {
    /// Exactly once, up to a year, paid by transition.
    Standard,
    /// At least once, up to five minutes, paid by time.
    Express,
}

/// Where the items of a distributed [`Map`] come from.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ItemReader {
    /// `arn:aws:states:::s3:getObject` or `arn:aws:states:::s3:listObjectsV2`
    pub resource: Resource,
    /// How the object is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader_config: Option<ReaderConfig>,
    /// JSONPath: which object or which objects.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: which object or which objects.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
}

/// How an [`ItemReader`] reads an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReaderConfig {
    /// `CSV`, `JSON`, `JSONL`, `PARQUET` or `MANIFEST`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_type: Option<String>,
    /// `NONE`, or `LOAD_AND_FLATTEN` to read what the listed objects hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transformation: Option<String>,
    /// `ATHENA_DATA` or `S3_INVENTORY`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest_type: Option<String>,
    /// `COMMA`, `PIPE`, `SEMICOLON`, `SPACE` or `TAB`
    #[serde(rename = "CSVDelimiter", default, skip_serializing_if = "Option::is_none")]
    pub csv_delimiter: Option<String>,
    /// `FIRST_ROW` or `GIVEN`
    #[serde(rename = "CSVHeaderLocation", default, skip_serializing_if = "Option::is_none")]
    pub csv_header_location: Option<String>,
    /// The names of the columns, if they are given.
    #[serde(rename = "CSVHeaders", default, skip_serializing_if = "Vec::is_empty")]
    pub csv_headers: Vec<String>,
    /// Where in a JSON document the list of items stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_pointer: Option<String>,
    /// How many items are read at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items: Option<Dynamic<u32>>,
    /// JSONPath: where that number stands in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_path: Option<String>,
}

/// How many items of a distributed [`Map`] are processed at a time.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ItemBatcher {
    /// So many at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_per_batch: Option<Dynamic<u32>>,
    /// JSONPath: where that number stands in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_items_per_batch_path: Option<String>,
    /// So many bytes at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes_per_batch: Option<Dynamic<u32>>,
    /// JSONPath: where that number stands in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_input_bytes_per_batch_path: Option<String>,
    /// What every batch gets beside its items.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub batch_input: Option<Template>,
}

/// Where the outputs of a distributed [`Map`] go.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ResultWriter {
    /// `arn:aws:states:::s3:putObject`; without it, results are only transformed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Resource>,
    /// How they are written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer_config: Option<WriterConfig>,
    /// JSONPath: into which bucket under which prefix.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Template>,
    /// JSONata: into which bucket under which prefix.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Template>,
}

/// How a [`ResultWriter`] writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct WriterConfig {
    /// `NONE`, `COMPACT` or `FLATTEN`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transformation: Option<String>,
    /// `JSON` or `JSONL`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_type: Option<String>,
}
