import SeqaeFiles
import SeqaeLayers
import SeqaeModels
import SeqaeText

/// The encoder of a trained model from which another one starts, while its decoder starts anew.
///
/// Li et al. 2019, *A Surprisingly Effective Fix for Deep Latent Variable Modeling of Text*, §3: an autoencoder's encoder
/// tells what a text is; a decoder that starts anew has nothing but that to go by.
enum EncoderStart {
  // What an encoder is made of: the embeddings, its layers, and the head that gives a code or its mean.
  private static let prefixes = ["model.shared.", "model.encoder.", "latent.mean."]

  /// Gives a model's encoder the weights of a trained one.
  ///
  /// - Parameters:
  ///   - model: the model, of the same sizes and tokens.
  ///   - folder: that of a run of train autoencoder, vae or cvae.
  /// - Throws: a `Failure` if there is none, or if its sizes or tokens are others.
  static func give(_ model: some LatentModel, encoderOf folder: String) throws(Failure) {
    try requireTokens(of: folder, model.tokenizer)
    let checkpoint = try Checkpoint(Path.join(folder, ModelFolder.weightsName))
    for parameter in model.parameters
    where prefixes.contains(where: { parameter.name.hasPrefix($0) }) {
      let tensor = try checkpoint.tensor(parameter.name, parameter.shape)
      parameter.update { $0 = tensor }
    }
  }

  /// Checks that a run's tokens are those of another one.
  ///
  /// - Parameters:
  ///   - folder: that of the other one.
  ///   - tokenizer: of the run.
  ///   - more: whether others may follow them.
  /// - Throws: a `Failure` if they are others.
  static func requireTokens(
    of folder: String, _ tokenizer: Tokenizer, more: Bool = false
  ) throws(Failure) {
    let tokens = Path.join(folder, ModelFolder.tokenizerName)
    let known = try Tokenizer(readingJSON: tokens).vocabulary
    let own = tokenizer.vocabulary
    guard more ? own.begins(with: known) : own.isEqual(to: known) else {
      throw Failure(
        .data, "\(tokens): its tokens are not those of this run: give --tokenizer \(tokens)")
    }
  }
}

extension Vocabulary {
  /// Whether the tokens are the same ones, in the same order.
  func isEqual(to other: Vocabulary) -> Bool { count == other.count && begins(with: other) }

  /// Whether the first tokens are those of another vocabulary, in the same order.
  func begins(with other: Vocabulary) -> Bool {
    count >= other.count
      && (0..<other.count).allSatisfy { bytes(of: TokenID($0)) == other.bytes(of: TokenID($0)) }
  }
}
