import Glibc
import SeqaeModels
import SeqaeRandom
import SeqaeTensors

/// What draws of the posteriors of some texts tell of each.
package struct PosteriorDraws {
  /// −E log p(x | z) of each text, in nats.
  package let reconstruction: [Double]
  /// Of each text the estimate of log p(x), and its variance as a draw.
  package let evidence: [(value: Double, variance: Double)]

  /// Draws codes, and finds log p(x) ≈ log 1/K Σₖ p(x | zₖ) p(zₖ) / q(zₖ | x) (Burda et al. 2016, §3).
  ///
  /// - Parameters:
  ///   - q: the posteriors of B texts.
  ///   - draws: K.
  ///   - random: the generator, whose children the draws are made with: those of two posteriors with one generator have the
  ///     same noise.
  ///   - losses: −log p(x | z) of each text [B], for z [B, Z].
  ///   - logPrior: log p(z) [B].
  ///   - first: receives the first draw.
  package init(
    _ q: Posterior, draws: Int, using random: Random, losses: (Tensor) -> Tensor,
    logPrior: (Tensor) -> Tensor, first: (Tensor) -> Void = { _ in }
  ) {
    let count = q.mean.shape[0]
    var reconstruction = [Double](repeating: 0, count: count)
    var weights = [[Double]](repeating: [], count: count)
    for draw in 0..<draws {
      let z = q.sample(using: random.child(UInt64(draw)))
      let own = losses(z).doubles()
      let ratios = q.logRatios(z, prior: logPrior(z))
      if draw == 0 { first(z) }
      for row in 0..<count {
        reconstruction[row] += own[row] / Double(draws)
        weights[row].append(ratios[row] - own[row])
      }
    }
    self.reconstruction = reconstruction
    evidence = weights.map { ImportanceWeights.logMean($0) }
  }

  /// The draws of the posteriors of a batch's texts by a model.
  init(
    _ q: Posterior, _ batch: ReconstructionBatch, _ model: some LatentModel, draws: Int,
    using random: Random, first: (Tensor) -> Void = { _ in }
  ) {
    self.init(
      q, draws: draws, using: random, losses: { model.reconstruction(batch, from: $0) },
      logPrior: { model.logPrior($0) }, first: first)
  }
}

/// The logarithms of importance weights.
package enum ImportanceWeights {
  /// Returns the logarithm of the mean of weights, given their logarithms, and its variance as a draw: that of the mean
  /// over its square, by the first term of the logarithm's series.
  package static func logMean(_ logarithms: [Double]) -> (value: Double, variance: Double) {
    let (count, largest) = (Double(logarithms.count), logarithms.max() ?? 0)
    let weights = logarithms.map { exp($0 - largest) }
    let mean = weights.reduce(0, +) / count
    let squares = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let variance = count > 1 ? squares / (count - 1) / count : 0
    return (largest + log(mean), variance / (mean * mean))
  }
}

extension Posterior {
  /// Returns log p(z) − log q(z | x) of each row of z [B, Z], log p(z) being `prior` [B]; 0 of points.
  package func logRatios(_ z: Tensor, prior: Tensor) -> [Double] {
    let width = z.shape[1]
    guard let logVariance else { return [Double](repeating: 0, count: z.shape[0]) }
    let (z, mean, logs) = (z.doubles(), mean.doubles(), logVariance.doubles())
    return prior.doubles().enumerated().map { row, prior in
      (row * width..<(row + 1) * width).reduce(prior) { sum, place in
        let distance = z[place] - mean[place]
        let own = distance * distance / exp(logs[place]) + logs[place]
        return sum + 0.5 * (own + log(2 * Double.pi))
      }
    }
  }
}
