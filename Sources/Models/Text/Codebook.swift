// The codebook of a VQ-VAE: N vectors of d values, moved by the gradient or as moving averages.
//
// van den Oord et al. 2017, appendix A.1, for the averages: Nᵢ ← γNᵢ + (1 − γ)nᵢ and mᵢ ← γmᵢ + (1 − γ) Σ z_e over the nᵢ
// that fall to code i, eᵢ = mᵢ / Nᵢ. One that hardly anything falls to is put where some z_e is: Dhariwal et al. 2020,
// *Jukebox*, §3.1.

import SeqaeFiles
import SeqaeLayers
import SeqaeRandom
import SeqaeTensors

/// N vectors, of which each z_e is replaced by the nearest.
struct Codebook {
  private enum Vectors {
    case trained(Parameter)  // e [N, d]
    case averages(sums: Parameter, counts: Parameter)  // m [N, d], N [N, 1]
  }

  private let configuration: SequenceVQVAE.Configuration
  private let vectors: Vectors

  init(_ configuration: SequenceVQVAE.Configuration, in scope: Scope) throws(Failure) {
    self.configuration = configuration
    let shape: Shape = [configuration.codes, configuration.values]
    let initializer = Initializer.normal(deviation: 1)
    switch configuration.update {
    case .gradient: vectors = .trained(try scope.parameter("weight", shape, initializer))
    case .ema:
      vectors = .averages(
        sums: try scope.parameter("embed_avg", shape, initializer, trainable: false),
        counts: try scope.parameter(
          "cluster_size", [configuration.codes, 1], .ones, trainable: false))
    }
  }

  /// e [N, d].
  private var table: Tensor {
    switch vectors {
    case .trained(let parameter): parameter.tensor
    case .averages(let sums, let counts): sums.tensor / counts.tensor
    }
  }

  /// Returns the number of the vector nearest to each of z [M, d]: [M].
  func nearest(_ z: Tensor) -> Tensor {
    // ‖z − e‖² = ‖z‖² − 2 (z · e − ½ ‖e‖²).
    let e = table.detached()
    let half = (e.square().sum(1) * 0.5).reshaped([1, configuration.codes])
    return (matmul(z.detached(), e.transposed()) - half).argMax()
  }

  /// Returns the vectors of numbers [M]: [M, d].
  func vectors(_ ids: Tensor) -> Tensor { embedding(table, ids) }

  /// Returns what the averages shall take up of z_e [M, d], whose nearest vectors are `ids`; nothing of a codebook that
  /// the gradient moves.
  func statistics(_ zE: Tensor, _ ids: Tensor, using random: Random) -> Statistics {
    var statistics = Statistics()
    guard case .averages(let sums, let counts) = vectors else { return statistics }
    let (codes, width, backend) = (configuration.codes, configuration.values, zE.backend)
    let (points, numbers) = (zE.floats(), ids.integers().map { Int($0) })
    var n = [Float](repeating: 0, count: codes)
    var m = [Float](repeating: 0, count: codes * width)
    for (row, code) in numbers.enumerated() {
      n[code] += 1
      for place in 0..<width { m[code * width + place] += points[row * width + place] }
    }
    let (share, mean) = (1 - configuration.decay, Float(numbers.count) / Float(codes))
    let (oldN, oldM) = (counts.tensor.floats(), sums.tensor.floats())
    let least = configuration.restart * mean
    for code in 0..<codes where oldN[code] + share * (n[code] - oldN[code]) < least {
      // What makes the average, once it is taken up, that of `mean` points at one of these.
      let row = random.integer(below: numbers.count)
      n[code] = (mean - (1 - share) * oldN[code]) / share
      for place in 0..<width {
        let target = mean * points[row * width + place]
        m[code * width + place] = (target - (1 - share) * oldM[code * width + place]) / share
      }
    }
    statistics.add(Tensor(n, [codes, 1], on: backend), to: counts, share: share)
    statistics.add(Tensor(m, [codes, width], on: backend), to: sums, share: share)
    return statistics
  }

  /// Puts the vectors where centres [N, d] are, row by row.
  func start(at centres: [Float]) {
    let codes = configuration.codes
    let e = Tensor(centres, [codes, configuration.values])
    switch vectors {
    case .trained(let parameter): parameter.update { $0 = e }
    case .averages(let sums, let counts):
      sums.update { $0 = e }
      counts.update { $0 = Tensor([Float](repeating: 1, count: codes), [codes, 1]) }
    }
  }
}
