import SeqaeFiles
import SeqaeTraining

/// A training run as one page of HTML: `seqae report`.
///
/// The page needs neither network nor scripts: its curves are SVG within it. Nothing but the run's own files
/// is read, and all that they say is escaped.
public struct RunReport {
  /// What could not be read, a line each.
  public let notes: [String]
  /// The page, UTF-8 that parses as HTML and as XML.
  public let html: String

  /// What the report is called in the run's folder, unless told otherwise.
  public static let fileName = "report.html"

  /// Reads a run.
  ///
  /// - Parameter folder: the run's folder.
  /// - Throws: `Failure(.missingInput)` if it holds no run; `Failure(.data)` for settings that are no JSON
  ///   object or weights that are damaged.
  public init(_ folder: String) throws(Failure) {
    let log = Path.join(folder, "log.jsonl")
    guard Path.exists(log) else {
      throw Failure(
        .missingInput,
        "\(folder): holds no run (log.jsonl): give the folder that seqae train wrote")
    }
    let curves = try RunCurves(log: log)
    let samples = try RunSamples.read(folder)
    let settings = try RunSettings(folder)
    var notes: [String] = []
    if let note = Self.note(log, curves.badLines) { notes.append(note) }
    if let note = Self.note(Path.join(folder, "samples.jsonl"), samples.badLines) {
      notes.append(note)
    }
    self.notes = notes
    let facts = Self.facts(curves) + (try Self.size(folder))
    html =
      ReportPage(
        name: Path.lastComponent(Path.absolute(folder)), recipe: settings?.recipe, facts: facts,
        curves: curves, settings: settings, samples: samples.samples, notes: notes
      ).html
  }

  private static func note(_ path: String, _ badLines: Int) -> String? {
    guard badLines > 0 else { return nil }
    return "\(path): \(counted(badLines, "damaged line")) left out"
  }

  /// How far the run came.
  private static func facts(_ curves: RunCurves) -> [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    if let step = curves.step { facts.append(("steps", grouped(step))) }
    if let epoch = curves.epoch { facts.append(("passes through the data", fixed(epoch, 2))) }
    if let seconds = curves.seconds { facts.append(("time", duration(seconds))) }
    return facts
  }

  /// The size of the best model, if there is one yet.
  private static func size(
    _ folder: String
  ) throws(Failure) -> [(name: String, value: String)] {
    let path = Path.join(folder, "model.safetensors")
    guard Path.exists(path) else { return [] }
    let file = try SafetensorsFile(path)
    // The reader has multiplied the same sizes in the same order, and refuses what overflows.
    let weights = file.entries.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let bytes = Double(try Path.fileSize(path))
    return [
      ("weights", grouped(weights)), ("tensors", "\(file.entries.count)"),
      ("size of the model", "\(fixed(bytes / 1e6, 2)) MB"),
    ]
  }

  /// Returns `1,234,567`.
  private static func grouped(_ number: Int) -> String {
    let digits = Array("\(number)")
    return digits.indices.map { index in
      (index > 0 && (digits.count - index) % 3 == 0 ? "," : "") + String(digits[index])
    }.joined()
  }

  private static func duration(_ seconds: Double) -> String {
    guard seconds >= 0, seconds < 1e9 else { return "unknown" }
    return seconds < 60
      ? "\(fixed(seconds, 1)) s"
      : seconds < 3600
        ? "\(fixed(seconds / 60, 1)) min" : "\(fixed(seconds / 3600, 2)) h"
  }
}

/// What a run was started with, `training.json`, and which of it is not the default.
struct RunSettings {
  /// A value.
  struct Entry {
    let name: ByteString
    let value: String
    /// The default where it is another; nil also where there is none.
    let standard: String?
  }

  let recipe: ByteString
  /// Data and limits.
  let inputs: [Entry]
  let settings: [Entry]

  /// Reads the settings of a run; nil where a run has none.
  init?(_ folder: String) throws(Failure) {
    let path = Path.join(folder, "training.json")
    guard Path.exists(path) else { return nil }
    guard let object = try JSON.read(path).objectValue else {
      throw Failure(.data, "\(path): expected an object of settings: is this a run's folder?")
    }
    recipe = object["seqae_recipe"]?.stringValue ?? ""
    inputs = object.members.filter { $0.key != "seqae_recipe" && $0.key != "settings" }
      .map { Entry(name: $0.key, value: Self.text($0.value), standard: nil) }
    let defaults = Self.defaults(of: recipe)
    settings = (object["settings"]?.objectValue?.members ?? []).map { key, value in
      let standard = defaults?[key]
      let differs = standard.map { !Self.areEqual($0, value) } ?? false
      return Entry(
        name: key, value: Self.text(value), standard: differs ? standard.map(Self.text) : nil)
    }
  }

  private static func defaults(of recipe: ByteString) -> JSON? {
    switch recipe {
    case ByteString(DenoiserRecipe.name): DenoiserConfiguration().json
    case ByteString(ElectraRecipe.name): ElectraConfiguration().json
    case ByteString(RewriterRecipe.name): RewriterConfiguration().json
    case ByteString(SummarizerRecipe.name): SummarizerConfiguration().json
    case ByteString(TranslatorRecipe.name): TranslatorConfiguration().json
    default: nil
    }
  }

  /// Whether two values are the same: 1 is 1.0.
  private static func areEqual(_ a: JSON, _ b: JSON) -> Bool {
    if let a = a.doubleValue, let b = b.doubleValue { return a == b }
    return a == b
  }

  /// A value as a person would type it, a list a line for each element.
  private static func text(_ value: JSON) -> String {
    if let text = value.stringValue { return text.string }
    if let list = value.arrayValue { return list.map(text).joined(separator: "\n") }
    if value.isNull { return "–" }
    return String(decoding: value.serialized(), as: UTF8.self)
  }
}
