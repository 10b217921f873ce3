import Glibc

/// How much of a signal noise has replaced after each of T steps.
///
/// q(x_t | x₀) = N(√ᾱ_t x₀, (1 − ᾱ_t) I), ᾱ_t = Πₛ (1 − βₛ): Ho, Jain & Abbeel 2020, *Denoising Diffusion Probabilistic
/// Models*, eq. 4.
public struct NoiseSchedule: Sendable, Equatable {
  /// How β rises.
  public enum Kind: String, CaseIterable, Sendable {
    /// From 10⁻⁴ to 0.02 at T = 1000 (Ho et al. 2020, §4), times 1000/T for other T.
    case linear
    /// So that ᾱ falls like a squared cosine (Nichol & Dhariwal 2021, *Improved Denoising Diffusion Probabilistic
    /// Models*, eq. 17).
    case cosine
  }

  private static let mostNoise = 0.999  // of one step; Nichol & Dhariwal 2021, §3.2
  private static let offset = 0.008  // s; Nichol & Dhariwal 2021, §3.2
  private static let leastSignal = 1e-3  // of what a draw begins with

  /// ᾱ_t for t = 0 … T; that of 0 is 1.
  public let signal: [Double]

  /// Creates the schedule of `steps` steps, one or more.
  public init(_ kind: Kind, steps: Int) {
    precondition(steps > 0, "NoiseSchedule: \(steps) steps")
    var signal = [1.0]
    for t in 1...steps {
      let beta: Double
      switch kind {
      case .linear:
        let place = steps > 1 ? Double(t - 1) / Double(steps - 1) : 0
        beta = (1e-4 + (0.02 - 1e-4) * place) * 1000 / Double(steps)
      case .cosine:
        beta = 1 - Self.cosine(t, steps) / Self.cosine(t - 1, steps)
      }
      signal.append(signal[t - 1] * (1 - min(beta, Self.mostNoise)))
    }
    self.signal = signal
  }

  private static func cosine(_ t: Int, _ steps: Int) -> Double {
    let angle = (Double(t) / Double(steps) + offset) / (1 + offset) * Double.pi / 2
    return cos(angle) * cos(angle)
  }

  /// T, the number of steps.
  public var steps: Int { signal.count - 1 }

  /// Returns β_t of a step from 1.
  public func beta(_ t: Int) -> Double { 1 - signal[t] / signal[t - 1] }

  /// Returns the steps that a draw of at most `count` of them visits, evenly, from the last that has ᾱ ≥ 10⁻³ down, and 0
  /// at last.
  ///
  /// The estimate x₀ = (x − √(1 − ᾱ) ε)/√ᾱ has the error of ε 1/√ᾱ times: at the end of a cosine schedule of 100 steps,
  /// whose last β is cut to 0.999, two thousand times, and where nothing is drawn on the way (η = 0) nothing mends it.
  /// What implementations for images do, clipping x₀ to the range of pixels, has no counterpart: codes have no range, and
  /// in any that is wide enough for them x₀ is mostly error there. So the end is left out. That changes little in what is
  /// drawn: x₀ has mean 0 and variance 1, and so has x_t at every t, which differs from N(0, I) by terms of ᾱ alone.
  package func visited(_ count: Int) -> [Int] {
    let top = (1...steps).last { signal[$0] >= Self.leastSignal } ?? 1
    let count = min(max(1, count), top)
    return (0...count).map { (top * (count - $0) + count / 2) / count }
  }

  /// Returns how x_s, s < t, is made of x_t and the noise ε in it: x_s = signal · x_t + noise · ε + deviation · N(0, I).
  ///
  /// Song, Meng & Ermon 2021, *Denoising Diffusion Implicit Models*, eq. 12 and 16. At η = 1 that is DDPM's draw of
  /// q(x_s | x_t, x₀), for neighbours with the variance β̃_t = β_t (1 − ᾱ_s)/(1 − ᾱ_t) of Ho et al. 2020, eq. 7; at η = 0
  /// nothing is drawn.
  public func reverse(
    from t: Int, to s: Int, eta: Double
  ) -> (signal: Double, noise: Double, deviation: Double) {
    let (now, next) = (signal[t], signal[s])
    let variance = eta * eta * (1 - next) / (1 - now) * (1 - now / next)
    let scale = (next / now).squareRoot()
    let direction = max(0, 1 - next - variance).squareRoot()
    return (scale, direction - scale * (1 - now).squareRoot(), variance.squareRoot())
  }
}
