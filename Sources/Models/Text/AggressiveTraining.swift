import SeqaeLayers
import SeqaeTensors

/// Training of a VAE's encoder ahead of its decoder, so that the decoder does not come to do without the code while the encoder
/// still says nothing of the text.
///
/// He, Spokoyny, Neubig & Berg-Kirkpatrick 2019, *Lagging Inference Networks and Posterior Collapse in Variational Autoencoders*,
/// §4: before each step of the decoder alone come steps of the encoder alone, each on other texts. In the paper these go on
/// until the bound rises no more, and all of it ends where the mutual information of development texts and codes does; both
/// would have to be remembered. Here both are numbers, so that what a step moves follows from its number and a resumed run
/// goes on bit for bit.
public struct AggressiveTraining: Sendable, Equatable {
  /// How many steps of the encoder there may be.
  public static let range = 0...1000

  /// The steps of the encoder before each of the decoder; 0 for steps of both.
  public var steps: Int
  /// In what share of the run, from its beginning on; afterwards every step moves both.
  public var share: Double

  /// Creates a course of training, that of an ordinary VAE by itself.
  public init(steps: Int = 0, share: Double = 0) {
    self.steps = steps
    self.share = share
  }
}

/// The parameters of a VAE, with those that only q(z | x) depends on.
struct EncoderSides {
  // The encoder's layers, what it is told of classes, and its heads. The embeddings of tokens are the decoder's too, and its
  // output's: they move with it.
  private static let prefixes = [
    "model.encoder.", "latent.class_embedding.", "latent.mean.", "latent.log_variance.",
  ]

  private let all: [Parameter]
  private let encoder: [Parameter]
  private let decoder: [Parameter]

  /// Sorts a model's parameters.
  init(_ parameters: [Parameter]) {
    all = parameters
    let isEncoders = { (parameter: Parameter) in
      Self.prefixes.contains { parameter.name.hasPrefix($0) }
    }
    encoder = parameters.filter(isEncoders)
    decoder = parameters.filter { !isEncoders($0) }
  }

  /// Returns what the step of a moment may move.
  func moved(by training: AggressiveTraining, at moment: TrainingMoment) -> [Parameter] {
    guard training.steps > 0, moment.fraction < training.share else { return all }
    return moment.step % (training.steps + 1) == 0 ? decoder : encoder
  }
}
