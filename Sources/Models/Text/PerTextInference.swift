// Variational inference for each text alone, beside an encoder's, which is one function for all texts.
//
// Cremer, Li & Duvenaud 2018, *Inference Suboptimality in Variational Autoencoders*, §3: what ELBO(q) misses of log p(x) is
// lost at two places. With q_φ = q(z | x) of the encoder and q* the Gaussian with a diagonal covariance that is best for x,
//
//     log p(x) − ELBO(q_φ) = [log p(x) − ELBO(q*)] + [ELBO(q*) − ELBO(q_φ)]
//
// the approximation gap, of all such Gaussians, and the amortization gap, of the encoder. q* is found as Kim et al. 2018,
// *Semi-Amortized Variational Autoencoders*, §3, find it: from the encoder's μ and log σ² on, by steps along the gradient of
// the bound, the decoder as it is.
//
// B: texts; Z: size of z; μ, log σ² [B, Z].

import SeqaeLayers
import SeqaeRandom
import SeqaeTensors

/// Fits a Gaussian to each of some texts by Adam on its μ and log σ².
///
/// ```swift
/// let q = model.posterior(batch)
/// let best = model.refined(q, batch, PerTextInference(steps: 100), using: random)
/// ```
///
/// A step costs a forward and a backward pass of the decoder.
public struct PerTextInference: Sendable {
  /// How many steps are made.
  public var steps: Int
  /// The rate of the first step, which falls in a straight line to nothing: at the end the noise of the draws moves nothing any
  /// more. Our own choice: fifty steps cross one deviation of the prior.
  public var rate: Float = 0.05

  /// Creates inference by so many steps.
  public init(steps: Int) { self.steps = steps }

  /// Returns the Gaussians to which the steps lead.
  ///
  /// - Parameters:
  ///   - q: where they begin; a point stays.
  ///   - random: what a draw of each step is made with.
  ///   - losses: −log p(x | z) + KL of each text [B] for Gaussians and a draw of them [B, Z].
  /// - Returns: the Gaussians, each of its own text only.
  public func callAsFunction(
    from q: Posterior, using random: Random, losses: (Posterior, Tensor) -> Tensor
  ) -> Posterior {
    guard let logVariance = q.logVariance else { return q }
    let parameters = (mean: Parameter("mean", q.mean), log: Parameter("log", logVariance))
    var configuration = AdamW.Configuration()
    configuration.weightDecay = 0
    var optimizer = AdamW(configuration)
    let both = [parameters.mean, parameters.log]
    for step in 0..<steps {
      let (_, gradients) = withGradients(of: both) { () -> Tensor in
        let q = Posterior(mean: parameters.mean.tensor, logVariance: parameters.log.tensor)
        return losses(q, q.sample(using: random.child(UInt64(step)))).sum()
      }
      // Gradients are not clipped: their norm is that of all texts.
      _ = optimizer.step(
        both, gradients, rate: rate * (1 - Float(step) / Float(steps)), maximumNorm: nil)
    }
    return Posterior(mean: parameters.mean.tensor, logVariance: parameters.log.tensor)
  }
}

extension LatentModel {
  /// Returns the Gaussians that are best for the texts of a batch, each for its own, as far as the steps lead.
  ///
  /// - Parameters:
  ///   - q: the encoder's, where they begin.
  ///   - batch: the texts.
  ///   - inference: the steps.
  ///   - random: what is drawn on the way.
  /// - Returns: the Gaussians; the points of a model that has no others.
  public func refined(
    _ q: Posterior, _ batch: ReconstructionBatch, _ inference: PerTextInference,
    using random: Random
  ) -> Posterior {
    inference(from: q, using: random) { q, z in
      let losses = reconstruction(batch, from: z)
      return divergence(q, at: z).map { losses + $0 } ?? losses
    }
  }
}
