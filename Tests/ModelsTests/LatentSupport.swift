import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeRandom
import SeqaeTensors
import SeqaeText
import TestSupport

/// Sixteen sentences of two languages.
let sixteenSentences = [
  "今天天气很好", "我们去公园散步吧", "中国的首都是北京", "she sells sea shells", "hello world",
  "the cat sat on the mat", "春眠不觉晓", "处处闻啼鸟", "good morning", "how are you?",
  "a dog runs", "two dogs run", "夜来风雨声", "花落知多少", "the sea is blue", "我喜欢看书",
]

/// A tokenizer of the characters of those sentences.
func sentenceTokenizer() throws -> Tokenizer {
  var trainer = CharacterTrainer()
  for sentence in sixteenSentences { trainer.count(Array(sentence.utf8)) }
  return try Tokenizer(characters: try trainer.vocabulary(size: 460, including: "，。.!*~ "))
}

/// The sizes of a latent model over those characters.
func latentSizes(
  width: Int = 32, size: Int = 8, memory: Int = 2, positions: Int = 32
) throws -> LatentConfiguration {
  var transformer = try TransformerConfiguration(for: try sentenceTokenizer())
  transformer.width = width
  transformer.heads = 2
  transformer.feedForward = 2 * width
  transformer.encoderLayers = 1
  transformer.decoderLayers = 1
  transformer.maximumPositions = positions
  transformer.dropout = 0
  var sizes = LatentConfiguration(transformer)
  sizes.size = size
  sizes.memory = memory
  return sizes
}

extension LatentModel {
  /// The examples of texts, read as they are.
  func clean(_ texts: [String]) -> [ReconstructionExample] {
    let make = examples()
    return texts.compactMap { make(Array($0.utf8), using: Random(seed: 0)) }
  }

  /// Makes steps of training on one batch.
  func learn(_ batch: ReconstructionBatch, steps: Int, rate: Float = 5e-3) {
    var optimizer = AdamW()
    for step in 0..<steps {
      let objective = objectives(batch, .training(Random(seed: UInt64(step))))[0]
      let (_, gradients) = withGradients { objective.loss() }
      _ = optimizer.step(objective.parameters, gradients, rate: rate, maximumNorm: 1)
    }
  }

  /// What is written from the means of texts, most probable token by most probable token.
  func reconstructions(of texts: [String]) -> [String] {
    let codes = codes(of: texts.map { tokenizer.encode($0).ids })
    return write(codes).map { String(decoding: tokenizer.decode($0), as: UTF8.self) }
  }
}
