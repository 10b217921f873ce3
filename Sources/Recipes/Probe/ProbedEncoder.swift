import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText

/// The encoder of a model, and what it makes of whole texts.
public struct ProbedEncoder {
  private static let batchTokens = 4096

  private let transformer: Transformer
  private let tokenizer: Tokenizer

  private init(_ transformer: Transformer, _ tokenizer: Tokenizer) {
    self.transformer = transformer
    self.tokenizer = tokenizer
  }

  /// Loads the encoder of a rewriter or a denoiser.
  ///
  /// - Parameter path: the model's folder.
  /// - Returns: the encoder.
  /// - Throws: a `Failure` as the model's own loader.
  public static func load(_ path: String) throws(Failure) -> ProbedEncoder {
    let name = Path.join(path, ModelFolder.configurationName)
    let isDenoiser =
      Path.isDirectory(path)
      ? try TransformerConfiguration(json: try JSON.read(name), name: name).readsAlignedSource
      : false
    if isDenoiser {
      let model = try DenoiserDirectory.load(path).model
      return ProbedEncoder(model.transformer, model.tokenizer)
    }
    let model = try RewriterDirectory.load(path).model
    return ProbedEncoder(model.transformer, model.tokenizer)
  }

  /// The same encoder before it was trained.
  ///
  /// - Parameter seed: what its weights depend on.
  /// - Returns: an encoder of the same sizes and tokens.
  /// - Throws: never, as nothing is read.
  func untrained(seed: UInt64) throws(Failure) -> ProbedEncoder {
    let store = ParameterStore(.fresh(Random(seed: seed)))
    return ProbedEncoder(try Transformer(transformer.configuration, in: store.root), tokenizer)
  }

  /// Returns the tokens of texts, cut to what the model has positions for.
  func tokens(of texts: [[UInt8]]) -> [[TokenID]] {
    let limit = transformer.configuration.maximumPositions - 1
    return tokenizer.encode(lines: texts).map { Array($0.ids.prefix(limit)) }
  }

  /// Returns the counts of each text's tokens.
  func bags(of tokens: [[TokenID]]) -> ProbeFeatures {
    .bags(tokens, size: tokenizer.vocabulary.count)
  }

  /// Returns the mean state of each text [N, D].
  ///
  /// - Parameters:
  ///   - tokens: of the texts.
  ///   - precision: what products are computed in.
  /// - Returns: vectors, float32.
  func meanStates(of tokens: [[TokenID]], precision: WeightPrecision) -> Tensor {
    let configuration = transformer.configuration
    let width = configuration.width
    let order = tokens.indices.sorted { (tokens[$0].count, $0) < (tokens[$1].count, $1) }
    var values = [Float](repeating: 0, count: tokens.count * width)
    var start = 0
    while start < order.count {
      // The longest of a batch comes last.
      var end = start + 1
      while end < order.count,
        (end + 1 - start) * (tokens[order[end]].count + 1) <= Self.batchTokens
      {
        end += 1
      }
      let rows = order[start..<end]
      let source = TokenBatch(
        rows.map { tokens[$0] + [configuration.end] }, padding: configuration.padding)
      let states = withWeights(in: precision) { transformer.meanState(source, .inference).floats() }
      for (place, row) in rows.enumerated() {
        values.replaceSubrange(
          row * width..<(row + 1) * width, with: states[place * width..<(place + 1) * width])
      }
      start = end
    }
    return Tensor(values, [tokens.count, width])
  }
}
