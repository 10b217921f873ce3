// Codes of documents from how often words occur in them: a deep autoencoder over bags of words, and semantic hashing.
//
// Hinton & Salakhutdinov 2006, *Reducing the Dimensionality of Data with Neural Networks*, Science 313, p. 506: the counts of
// the 2,000 commonest words go through layers of logistic units to a small linear code, and through the same layers in reverse to a
// softmax over the words; what is made small is
//
//     −Σᵢ pᵢ log p̂ᵢ,   pᵢ = nᵢ / Σⱼ nⱼ
//
// Salakhutdinov & Hinton 2009, *Semantic Hashing*, §3: code units are logistic, and in training their inputs a have Gaussian noise,
//
//     c = σ(a + ε),   ε ~ N(0, σₑ²),   σₑ = 4
//
// by which only codes near 0 and 1 tell the decoder anything; a text's bits are those of a above 0.
//
// What is not theirs: the layers start from random weights where the papers stack restricted Boltzmann machines and unroll them, since
// Adam trains such a network from the beginning; they are of GELU unless told otherwise; ε is drawn anew at each step, where the
// paper's conjugate gradients needed one draw for each document; bits are cut at a = 0, since nothing here favours 0 as the paper's
// machines do (it cuts at σ(a) = 0.1); and words may be hidden from the encoder in training, as in Vincent et al. 2008, *Extracting and
// Composing Robust Features with Denoising Autoencoders*, for collections much smaller than the papers'.
//
// B: documents; V: words; Z: size of the code.

import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// How often words occur in a document: what of it counts.
public struct WordBag: Sendable, Equatable {
  /// The numbers of the words, each once, below V.
  public let words: [Int32]
  /// What the encoder reads of each.
  public let inputs: [Float]
  /// pᵢ: the share of the document that is this word. They add up to 1.
  public let shares: [Float]

  /// Creates a bag.
  ///
  /// - Parameters:
  ///   - words: the numbers of words, each once.
  ///   - counts: how often each occurs, above 0.
  ///   - inputs: what the encoder reads of each.
  public init(words: [Int32], counts: [Int], inputs: [Float]) {
    precondition(
      words.count == counts.count && words.count == inputs.count && counts.allSatisfy { $0 > 0 },
      "WordBag: \(words.count) words, \(counts.count) counts, \(inputs.count) inputs")
    (self.words, self.inputs) = (words, inputs)
    let total = Float(counts.reduce(0, +))
    shares = counts.map { Float($0) / total }
  }

  /// Whether nothing is known of the document.
  public var isEmpty: Bool { words.isEmpty }
}

/// An autoencoder of bags of words.
public struct BagOfWordsAutoencoder: Model {
  /// Its sizes.
  public struct Configuration: Sendable, Equatable {
    /// V.
    public var words = 2000
    /// The sizes of the layers between words and code; those of the decoder are the same in reverse.
    public var hidden = [500, 250]
    /// Z.
    public var code = 128
    /// What the units of these layers do.
    public var activation = Activation.gelu
    /// The share of the words that the encoder doesn't see in training.
    public var wordDropout: Float = 0
    /// σₑ of the noise by which codes become bits; nil for codes of real numbers.
    public var bitNoise: Float?

    /// Creates a configuration of real codes.
    public init() {}
  }

  /// Its sizes.
  public let configuration: Configuration
  /// Every parameter, in order of creation.
  public let parameters: [Parameter]
  private let encoder: [Linear]
  private let decoder: [Linear]

  /// Creates the model's parameters in `store`.
  ///
  /// - Parameters:
  ///   - configuration: its sizes.
  ///   - store: where parameters come from.
  /// - Throws: a `Failure` where configuration and checkpoint don't fit each other.
  public init(_ configuration: Configuration, in store: ParameterStore) throws(Failure) {
    self.configuration = configuration
    let sizes = [configuration.words] + configuration.hidden + [configuration.code]
    encoder = try Self.layers(sizes, in: store.root / "encoder")
    decoder = try Self.layers(sizes.reversed(), in: store.root / "decoder")
    try store.finish()
    parameters = store.parameters
  }

  private static func layers(_ sizes: [Int], in scope: Scope) throws(Failure) -> [Linear] {
    var layers: [Linear] = []
    for (number, (inputs, outputs)) in zip(sizes, sizes.dropFirst()).enumerated() {
      layers.append(try Linear(inputs, outputs, in: scope / "layers" / "\(number)"))
    }
    return layers
  }

  /// Returns what layers make of x [B, …]; the last one is linear.
  private func run(_ layers: [Linear], _ x: Tensor) -> Tensor {
    let last = layers.count - 1
    return layers.enumerated().reduce(x) { h, layer in
      layer.element(h, activation: layer.offset < last ? configuration.activation : .identity)
    }
  }

  /// Returns bags as one batch [B, V] of inputs and of shares.
  public func batch(_ bags: [WordBag]) -> Batch { Batch(bags, words: configuration.words) }

  /// Returns what the encoder reads of bags alone [B, V].
  public func inputs(_ bags: [WordBag]) -> Tensor {
    Self.rows(bags, words: configuration.words, \.inputs)
  }

  /// Returns values of bags' words in the places of the words [B, V], and zeros in the others.
  private static func rows(
    _ bags: [WordBag], words: Int, _ values: (WordBag) -> [Float]
  ) -> Tensor {
    var rows = [Float](repeating: 0, count: bags.count * words)
    for (row, bag) in bags.enumerated() {
      for (word, value) in zip(bag.words, values(bag)) { rows[row * words + Int(word)] = value }
    }
    return Tensor(rows, [bags.count, words])
  }

  /// Returns the codes a [B, Z] of inputs x [B, V]: of binary codes what is above 0 is a bit of 1.
  public func encode(_ x: Tensor) -> Tensor { run(encoder, x) }

  /// Returns log p̂ᵢ [B, V] of codes as the decoder reads them [B, Z].
  public func logProbabilities(_ code: Tensor) -> Tensor { run(decoder, code).logSoftmax() }

  /// Returns what the decoder reads of codes a: themselves; σ(a + ε) of binary ones in training, their bits else.
  public func code(_ a: Tensor, _ mode: Mode) -> Tensor {
    guard let noise = configuration.bitNoise else { return a }
    guard case .training(let random) = mode else {
      return Tensor(a.floats().map { $0 > 0 ? 1 : 0 }, a.shape, on: a.backend)
    }
    let draws = Tensor.drawn(.normal, a.shape, using: random, on: a.backend)
    return (a + draws * noise).sigmoid()
  }

  /// Returns −Σᵢ pᵢ log p̂ᵢ of each document [B], in nats a word.
  public func losses(_ batch: Batch, _ mode: Mode) -> Tensor {
    let seen = dropout(batch.inputs, configuration.wordDropout, mode)  // [B, V]
    let predicted = logProbabilities(code(encode(seen), mode))  // [B, V]
    return 0 - (batch.shares * predicted).sum(1).reshaped([batch.count])
  }

  /// The mean of −Σᵢ pᵢ log p̂ᵢ over the documents.
  public func objectives(_ batch: Batch, _ mode: Mode) -> [Objective] {
    [Objective("reconstruction", parameters) { Loss(losses(batch, mode).mean()) }]
  }

  /// Documents as tensors.
  public struct Batch: Sendable {
    /// What the encoder reads [B, V].
    public let inputs: Tensor
    /// pᵢ [B, V].
    public let shares: Tensor

    /// B.
    public var count: Int { inputs.shape[0] }

    fileprivate init(_ bags: [WordBag], words: Int) {
      inputs = BagOfWordsAutoencoder.rows(bags, words: words, \.inputs)
      shares = BagOfWordsAutoencoder.rows(bags, words: words, \.shares)
    }

    /// Creates a batch of tensors.
    package init(inputs: Tensor, shares: Tensor) { (self.inputs, self.shares) = (inputs, shares) }
  }
}

// MARK: - config.json

extension BagOfWordsAutoencoder.Configuration {
  // Wider is no autoencoder of words; a guard against nonsense.
  private static let widest = 1 << 20

  /// Reads the sizes out of a `config.json`.
  ///
  /// - Parameters:
  ///   - json: the file's contents.
  ///   - name: the file's name, for messages.
  /// - Throws: a `Failure` that names the first key that is absent, of the wrong type or out of range.
  public init(json: JSON, name: String) throws(Failure) {
    let reader = ConfigurationReader(json: json, name: name)
    let sizes = 1...Self.widest
    words = try reader.integer("words", sizes)
    code = try reader.integer("code", sizes)
    guard let values = json["hidden"]?.arrayValue, case let hidden = values.compactMap(\.intValue),
      hidden.count == values.count, hidden.allSatisfy(sizes.contains)
    else { throw Failure(.data, "\(name): hidden: expected an array of sizes of layers") }
    self.hidden = hidden
    activation = try reader.choice("activation", default: activation)
    wordDropout = try reader.rate("word_dropout", default: 0)
    if try reader.boolean("binary") {
      bitNoise = try reader.number("bit_noise", 0...1000, default: 0)
    }
  }

  /// The same as members of a `config.json`.
  public var members: JSONObject {
    [
      "words": .integer(words), "hidden": .array(hidden.map { .integer($0) }),
      "code": .integer(code), "activation": JSON(activation.rawValue),
      "word_dropout": .number(decimal(wordDropout)), "binary": .bool(bitNoise != nil),
      "bit_noise": .number(decimal(bitNoise ?? 0)),
    ]
  }
}
