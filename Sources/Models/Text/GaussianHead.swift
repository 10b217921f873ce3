import SeqaeFiles
import SeqaeLayers
import SeqaeTensors

/// The linear maps of a mean state to a Gaussian q(z | x) = N(μ, diag σ²), as μ and log σ².
///
/// B: batch; D: width; Z: size of z.
struct GaussianHead {
  private let mean: Linear  // to μ
  let logVariance: Linear  // to log σ²

  /// Creates the maps, in the scope of the whole model.
  init(_ configuration: LatentConfiguration, in scope: Scope) throws(Failure) {
    let (width, size) = (configuration.transformer.width, configuration.size)
    mean = try Linear(width, size, in: scope / "latent" / "mean")
    // So small that σ is near 1 at first: what is drawn has the prior's spread.
    logVariance = try Linear(
      width, size, weight: .normal(deviation: 0.02), in: scope / "latent" / "log_variance")
  }

  /// Returns q(z | x) of mean states h [B, D].
  func callAsFunction(_ h: Tensor) -> Posterior {
    Posterior(mean: mean(h), logVariance: logVariance(h))
  }
}
