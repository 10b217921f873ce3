import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors

extension Workload {
  /// Autoregressive decoding with a key-value cache, of random weights and ids, beside CTranslate2 and transformers.
  package static let decode = Workload(
    name: "decode", bench: "decode",
    abstract: "64 tokens written for 64 tokens of random ids by an encoder-decoder, one text or 32",
    cases: DecodeTiming.sizes.flatMap { size in
      DecodeTiming.precisions.flatMap { name, precision, weights in
        [(1, 1), (1, 4), (32, 1), (32, 4)].map { batch, beam in
          Case("\(size.name) \(name) batch\(batch) beam\(beam)", precision) { settings in
            DecodeTiming(size).run(settings, weights, batch: batch, beam: beam)
          }
        }
      }
    })
}

/// A model of random weights that writes.
private struct DecodeTiming {
  struct Size {
    let name: String
    let width: Int
    let layers: Int
    let heads: Int
    let inner: Int
    let vocabulary: Int
  }

  static let sizes = [
    Size(name: "small", width: 256, layers: 4, heads: 4, inner: 1024, vocabulary: 8000),
    Size(name: "base", width: 512, layers: 6, heads: 8, inner: 2048, vocabulary: 16000),
  ]
  /// What a case calls it, what `--precision` calls it, and what is computed in.
  static let precisions: [(String, Precision?, WeightPrecision)] = [
    ("fp32", .float32, .float32), ("bf16", .bfloat16, .bfloat16), ("int8", nil, .int8),
  ]
  private static let length = 64

  private let transformer: Transformer

  init(_ size: Size) {
    var configuration = TransformerConfiguration(vocabularySize: size.vocabulary)
    configuration.width = size.width
    configuration.encoderLayers = size.layers
    configuration.decoderLayers = size.layers
    configuration.heads = size.heads
    configuration.feedForward = size.inner
    configuration.maximumPositions = 128
    let store = ParameterStore(.fresh(Random(seed: 0)))
    guard let made = try? Transformer(configuration, in: store.root) else {
      preconditionFailure("decode: fresh weights fit any configuration")
    }
    transformer = made
  }

  func run(
    _ settings: BenchmarkSettings, _ weights: WeightPrecision, batch: Int, beam: Int
  ) -> [Measurement] {
    let configuration = transformer.configuration
    let random = Random(seed: 1)
    let sources = (0..<batch).map { _ in
      (0..<Self.length).map { _ in
        Int32(4 + random.integer(below: configuration.vocabularySize - 4))
      }
    }
    let samples = withWeights(in: weights) {
      Samples(for: settings.seconds, warmUp: 1, least: 3) {
        // No token ends a text, so that all have the same length.
        let (decoder, start) = (TransformerDecoder(transformer), configuration.decoderStart)
        if beam == 1 {
          _ = greedy(decoder, sources, start: start, end: -1) { _ in Self.length }
        } else {
          _ = BeamSearch(width: beam)(
            decoder, sources, start: start, end: -1, limits: sources.map { _ in Self.length })
        }
      }
    }
    let tokens = Double(batch * Self.length)
    return [
      Measurement(
        rounded(tokens / samples.median, 1), "output tokens/s",
        [
          "ms_per_sentence": .number(rounded(1000 * samples.median / Double(batch), 3)),
          "best": .number(rounded(tokens / samples.minimum, 1)),
        ])
    ]
  }
}
