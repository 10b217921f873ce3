// A Transformer that translates, or summarizes.
//
// Vaswani et al. 2017, *Attention Is All You Need*, §3 and §5: an encoder reads a text x, a decoder writes its
// translation y, one vocabulary and one table of embeddings for both and for the output (§3.4), and −log p(y | x) with
// smoothed labels (§5.4) is made small. A summary is written in the same way (Liu & Lapata 2019, *Text Summarization with
// Pretrained Encoders*, §4.2); of a text that is too long its beginning is read.
//
// Johnson et al. 2017, *Google's Multilingual Neural Machine Translation System*, §3: one model for both directions, which
// is told what to write by a token at the source's beginning,
//
//     <2en> Ein Hund läuft.  →  A dog runs.
//
// x, y: a text and what is to be written; direction: from which language to which.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// A Transformer that writes a text's translation, or its summary.
public struct Translator: SequenceToSequence {
  /// What its objective is called in logs.
  public static let objectiveName = "writing"

  /// What is written of a text.
  public enum Task: String, CaseIterable, Sendable {
    case translation, summarization
  }

  /// From which language to which.
  public struct Direction: Sendable, Equatable {
    /// The source's language; nil if nobody has said it.
    public let source: ByteString?
    /// The target's language; nil if nobody has said it.
    public let target: ByteString?

    /// The token that says it, in a model of both directions.
    var tag: ByteString? { target.map { ByteString("<2\($0.string)>") } }
  }

  /// Its sizes, what it writes, and in which languages.
  public struct Configuration: Sendable, Equatable {
    /// The encoder-decoder's sizes.
    public var transformer: TransformerConfiguration
    /// What is written.
    public var task: Task
    /// The languages of sources and targets; none if nobody has said them.
    public var languages: [ByteString]
    /// Whether it translates in both directions.
    public var hasBothDirections: Bool

    /// Creates a configuration.
    public init(
      _ transformer: TransformerConfiguration, task: Task = .translation,
      languages: [ByteString] = [], hasBothDirections: Bool = false
    ) {
      precondition(
        languages.isEmpty || languages.count == 2, "Translator: \(languages.count) languages")
      precondition(
        !hasBothDirections || !languages.isEmpty, "Translator: two directions without languages")
      self.transformer = transformer
      self.task = task
      self.languages = languages
      self.hasBothDirections = hasBothDirections
    }

    /// The directions in which it translates.
    public var directions: [Direction] {
      let first = Direction(source: languages.first, target: languages.last)
      return hasBothDirections
        ? [first, Direction(source: first.target, target: first.source)] : [first]
    }

    /// The tokens that tell these apart.
    public var tags: [ByteString] { hasBothDirections ? directions.compactMap(\.tag) : [] }
  }

  /// Sizes, task and languages.
  public let configuration: Configuration
  /// The encoder-decoder.
  public let transformer: Transformer
  /// What turns text into its tokens and back.
  public let tokenizer: Tokenizer
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let tags: [TokenID]  // of the directions
  // A tag, a token and the end, and one more to cut a text in two.
  private static let fewestPositions = 4

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes; its vocabulary is the tokenizer's.
  ///   - tokenizer: has the tokens of `SpecialToken`, and the tags of the directions as special tokens.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where tokenizer, configuration and checkpoint don't fit each other.
  public init(
    _ configuration: Configuration, tokenizer: Tokenizer, in store: ParameterStore
  ) throws(Failure) {
    guard configuration.transformer.maximumPositions >= Self.fewestPositions else {
      throw Failure(
        .data,
        "config.json: max_position_embeddings \(configuration.transformer.maximumPositions): expected "
          + "\(Self.fewestPositions) or more")
    }
    self.configuration = configuration
    self.tokenizer = tokenizer
    try configuration.transformer.requireTokens(of: tokenizer)
    guard !configuration.transformer.readsAlignedSource else {
      throw Failure(
        .data, "config.json: seqae_reads_aligned_source is true: this is no translator's folder")
    }
    var tags: [TokenID] = []
    for tag in configuration.tags {
      guard let id = tokenizer.vocabulary.id(of: tag), tokenizer.isSpecial(id) else {
        throw Failure(.data, "the tokenizer has no special token \(tag.string)")
      }
      tags.append(id)
    }
    self.tags = tags
    transformer = try Transformer(configuration.transformer, in: store.root)
    try store.finish()
    parameters = store.parameters
  }

  /// Takes the weights of a trained encoder-decoder of the same sizes, whose tokens are the first ones of this model.
  ///
  /// - Parameters:
  ///   - weights: its checkpoint, under the same names.
  ///   - tokens: how many it has; the others keep their own weights.
  /// - Throws: a `Failure` where a weight is missing or of another shape.
  public func takeWeights(from weights: Checkpoint, tokens: Int) throws(Failure) {
    let vocabulary = configuration.transformer.vocabularySize
    var taken: [(Parameter, Tensor)] = []
    for parameter in parameters {
      let shape = parameter.shape
      guard tokens < vocabulary, let axis = shape.dimensions.firstIndex(of: vocabulary),
        parameter.name == "model.shared.weight" || parameter.name == "final_logits_bias"
      else {
        taken.append(
          (parameter, try weights.tensor(parameter.name, shape, on: transformer.backend)))
        continue
      }
      let old = try weights.tensor(
        parameter.name, shape.replacing(axis, with: tokens), on: transformer.backend)
      let own = parameter.tensor.sliced(axis, tokens..<vocabulary)
      taken.append((parameter, concatenate([old, own], axis)))
    }
    for (parameter, tensor) in taken { parameter.update { $0 = tensor } }
  }

  /// The most tokens of a summary, where no other number is asked for.
  public static let longestSummary = 128

  /// The most tokens that are written from a source of `count`.
  public func limit(_ count: Int) -> Int {
    let longest = min(configuration.transformer.maximumPositions, count * 3 / 2 + 16)
    return configuration.task == .summarization ? min(longest, Self.longestSummary) : longest
  }

  /// What turns pairs into examples; it has no weights, so that a thread of its own can use it.
  public var examples: Examples {
    Examples(tokenizer: tokenizer, configuration: configuration, tags: tags)
  }

  /// Turns pairs of texts into examples.
  public struct Examples: Sendable {
    let tokenizer: Tokenizer
    let configuration: Configuration
    let tags: [TokenID]

    /// The most tokens of a source's text: beside them there are the end and a tag.
    public var longest: Int { configuration.transformer.maximumPositions - 1 - tags.count.signum() }

    /// Returns what the encoder reads of a text's tokens.
    func source(_ ids: some Sequence<TokenID>, _ direction: Int) -> [TokenID] {
      (tags.isEmpty ? [] : [tags[direction]]) + ids + [configuration.transformer.end]
    }

    /// Returns the example of a pair.
    ///
    /// - Parameters:
    ///   - x: the text, UTF-8.
    ///   - y: what is to be written.
    ///   - direction: the number of the direction in which that is.
    /// - Returns: nil if a side has no token or is too long; of a text to summarize the beginning is taken.
    public func callAsFunction(
      _ x: [UInt8], _ y: [UInt8], direction: Int = 0
    ) -> ReconstructionExample? {
      let (read, written) = (tokenizer.encode(x).ids, tokenizer.encode(y).ids)
      guard !read.isEmpty, !written.isEmpty,
        written.count < configuration.transformer.maximumPositions,
        read.count <= longest || configuration.task == .summarization
      else { return nil }
      return ReconstructionExample(
        source: source(read.prefix(longest), direction),
        target: written + [configuration.transformer.end])
    }
  }
}

extension Translator.Configuration {
  private static let taskKey: ByteString = "seqae_task"
  private static let languagesKey: ByteString = "seqae_languages"
  private static let directionsKey: ByteString = "seqae_both_directions"

  /// Whether a folder's configuration is that of a translator or a summarizer.
  public static func isOne(_ json: JSON) -> Bool { json[taskKey] != nil }

  /// Reads a `config.json`: mBART's, with what is written and in which languages.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    guard Self.isOne(json) else {
      throw Failure(
        .data,
        "\(name): this is no model of train translator or train summarizer: it has no "
          + "\(Self.taskKey.string): train one with seqae train translator or summarizer")
    }
    let task = try reader.choice(Self.taskKey, default: Translator.Task.translation)
    let languages = try reader.words(Self.languagesKey)
    let hasBothDirections = try reader.boolean(Self.directionsKey, default: false)
    guard languages.count == 2 || languages.isEmpty && !hasBothDirections else {
      throw Failure(
        .data, "\(name): \(Self.languagesKey.string): expected two, found \(languages.count)")
    }
    self.init(
      try TransformerConfiguration(json: json, name: name), task: task, languages: languages,
      hasBothDirections: hasBothDirections)
  }

  /// The complete `config.json`, which transformers' `MBartConfig` reads too.
  public var json: JSON {
    var members = transformer.json.objectValue ?? [:]
    members[Self.taskKey] = JSON(task.rawValue)
    members[Self.languagesKey] = .array(languages.map { .string($0) })
    members[Self.directionsKey] = .bool(hasBothDirections)
    return .object(members)
  }
}
