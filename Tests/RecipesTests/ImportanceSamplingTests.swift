import Glibc
import SeqaeModels
import SeqaeRandom
import SeqaeRecipes
import SeqaeTensors
import Testing

/// The two gaps of a model whose evidence and posterior are known: x = wᵀz + s ε with z ~ N(0, I), so that p(x) = N(0, w² + s²),
/// and p(z | x) has the mean m = w x / (w² + s²) and the precision P = I + wwᵀ/s². KL(q ‖ p(z | x)) of q = N(μ, diag v) is
/// ½ (tr(PV) + (m − μ)ᵀP(m − μ) − 2 − log det P − log det V), what ELBO(q) misses of log p(x).
@Test func theGapsOfInferenceAreTheirClosedForms() throws {
  let (w, s2, x) = ([1.2, -0.5], 0.3, 0.8)
  let norm = w[0] * w[0] + w[1] * w[1]
  let evidence = -0.5 * (log(2 * .pi * (norm + s2)) + x * x / (norm + s2))
  let p = [1 + w[0] * w[0] / s2, w[0] * w[1] / s2, 1 + w[1] * w[1] / s2]
  func gap(_ mean: [Double], _ v: [Double]) -> Double {
    let d = zip(w, mean).map { $0 * x / (norm + s2) - $1 }
    let quadratic = p[0] * d[0] * d[0] + 2 * p[1] * d[0] * d[1] + p[2] * d[1] * d[1]
    let determinant = p[0] * p[2] - p[1] * p[1]
    return 0.5 * (p[0] * v[0] + p[2] * v[1] + quadratic - 2 - log(determinant * v[0] * v[1]))
  }
  let weights = Tensor(w.map { Float($0) }, [1, 2])
  func losses(_ z: Tensor) -> Tensor {
    let residual = ((z * weights).sum(1) - Float(x)).square() / Float(s2)
    return ((residual + Float(log(2 * .pi * s2))) * 0.5).reshaped([z.shape[0]])
  }
  let (mu, v) = ([0.4, 0.1], [0.25, 0.8])
  let q = Posterior(
    mean: Tensor(mu.map { Float($0) }, [1, 2]),
    logVariance: Tensor(v.map { Float(log($0)) }, [1, 2]))
  let best = PerTextInference(steps: 3000)(from: q, using: Random(seed: 1)) { q, z in
    losses(z) + (q.divergences() ?? z).sum(1).reshaped([1])
  }
  func drawn(_ q: Posterior) throws -> (bound: Double, evidence: Double) {
    let draws = PosteriorDraws(
      q, draws: 40_000, using: Random(seed: 2), losses: losses,
      logPrior: { z in
        ((z.square() + Float(log(2 * Double.pi))).sum(1) * -0.5).reshaped([z.shape[0]])
      })
    let kl = try #require(q.divergences()).sum().item()
    return (-draws.reconstruction[0] - kl, draws.evidence[0].value)
  }
  let (own, encoders) = (try drawn(best), try drawn(q))
  let smallest = gap(w.map { $0 * x / (norm + s2) }, [1 / p[0], 1 / p[2]])
  // Of 40,000 draws, whose −log p(x | z) has a deviation of about 1, the mean is right to 0.005.
  #expect(abs(own.evidence - own.bound - smallest) < 0.02)  // the approximation gap
  #expect(abs(own.bound - encoders.bound - (gap(mu, v) - smallest)) < 0.03)  // the amortization gap
  #expect(abs(own.evidence - evidence) < 0.01)
  #expect(smallest > 0.05 && gap(mu, v) - smallest > 0.1)
}
