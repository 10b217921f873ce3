// Noise on what a text has become inside a model, in training only.
//
// B: batch; T: positions; D: width.

import SeqaeTensors

/// Returns e + s · rms(e) · ε in training, with ε drawn from N(0, 1) for every value; e itself at inference.
///
/// rms(e) = √(Σ e² / D) is each vector's own, so that all are spoilt alike: the power of the noise is s² times
/// that of the signal, whatever else is in the batch. It is differentiated like the rest, or making vectors
/// longer would seem to help against the noise.
///
/// Vincent et al. 2010, *Stacked Denoising Autoencoders*, §3.3: additive Gaussian noise is the corruption for
/// values that are real.
///
/// - Parameters:
///   - e: vectors […, D], such as embeddings.
///   - s: the noise's root mean square as a share of that of a vector; 0 for none.
///   - mode: inference, or training with its generator.
/// - Returns: the shape and type of e.
public func whiteNoise(_ e: Tensor, _ s: Float, _ mode: Mode) -> Tensor {
  guard case .training(let random) = mode, s > 0 else { return e }
  // 1e-12: the root of a vector of zeros has a derivative then.
  let size = (e.square().mean(-1) + 1e-12).squareRoot()  // […, 1]
  let noise = Tensor.drawn(.normal, e.shape, using: random, on: e.backend)  // […, D]
  return (e + size * s * noise).alike(e)
}

/// Dropout of the latent: of an encoder's states [B, T, D] as its decoder gets them.
public enum LatentDropout: Sendable, Equatable {
  /// Every value arrives.
  case none
  /// Each value of [T, D] is dropped by a draw of its own (Srivastava et al. 2014, *Dropout*).
  case standard(Float)
  /// Each channel of a text is dropped by one draw, at all positions (Tompson et al. 2015, *Efficient Object
  /// Localization Using Convolutional Networks*, §3.2): what the neighbours know as well is no hint.
  case spatial(Float)

  /// What a draw decides about.
  public enum Kind: String, CaseIterable, Sendable {
    /// There is no draw.
    case none
    /// A value.
    case standard
    /// A channel of a text.
    case spatial
  }

  /// Creates the dropout of a kind, with probability `rate`; none at rate 0.
  public init(_ kind: Kind, rate: Float) {
    switch kind {
    case .standard where rate > 0: self = .standard(rate)
    case .spatial where rate > 0: self = .spatial(rate)
    case .none, .standard, .spatial: self = .none
    }
  }

  /// What a draw decides about.
  public var kind: Kind {
    switch self {
    case .none: .none
    case .standard: .standard
    case .spatial: .spatial
    }
  }

  /// The probability that it is dropped.
  public var rate: Float {
    switch self {
    case .none: 0
    case .standard(let rate), .spatial(let rate): rate
    }
  }

  /// Returns states z [B, T, D] with some dropped and the rest scaled by 1 / (1 − rate), in training; z itself
  /// at inference.
  func callAsFunction(_ z: Tensor, _ mode: Mode) -> Tensor {
    switch self {
    case .none: z
    case .standard(let rate): dropout(z, rate, mode)
    case .spatial(let rate): spatialDropout(z, channels: -1, rate, mode).alike(z)
    }
  }
}
