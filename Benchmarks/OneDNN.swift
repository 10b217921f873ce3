import Glibc
import SeqaeFiles
import SeqaeTensors

#if canImport(COneDNN)
  import COneDNN
#endif

/// A matrix operand in memory: its elements and how far batches, rows and columns are apart.
struct StridedMatrix {
  var data: UnsafeMutableRawPointer
  var strides: (batch: Int, row: Int, column: Int)
}

/// oneDNN's matrix product, where the library is installed: the yardstick of our own.
package enum OneDNN {
  /// Why it can't be used; nil where it can.
  static var absence: Failure? {
    version == nil
      ? Failure(
        .unavailable,
        "oneDNN is not there, or not version 2: install libdnnl-dev and build anew: make packages-optional build"
      ) : nil
  }

  #if canImport(COneDNN)
    /// Its version; nil where it can't be opened.
    package static let version: String? = {
      // libgomp, with which it shares out its work, reads these when it is loaded. Threads that wait
      // without sleeping are what it is fastest with.
      setenv("OMP_NUM_THREADS", "\(Threads.count)", 1)
      setenv("OMP_WAIT_POLICY", "active", 0)
      var parts: [Int32] = [0, 0, 0]
      return onednn_version(&parts) == 0 ? parts.map { "\($0)" }.joined(separator: ".") : nil
    }()

    /// A product that is ready to be computed again and again; its matrices must outlive it.
    struct Product {
      private var product = onednn_product()

      /// Prepares C = A B.
      ///
      /// - Parameters:
      ///   - shape: the sizes.
      ///   - precision: of all three matrices.
      ///   - a: A.
      ///   - b: B.
      ///   - c: C.
      ///   - packs: whether B is copied into the library's own layout beforehand, as weights may be.
      /// - Throws: `Failure(.unavailable)` where the library refuses.
      init(
        _ shape: ProductShape, _ precision: Precision, _ a: StridedMatrix, _ b: StridedMatrix,
        into c: StridedMatrix, packs: Bool
      ) throws(Failure) {
        if let absence = OneDNN.absence { throw absence }
        func matrix(_ x: StridedMatrix) -> onednn_matrix {
          onednn_matrix(
            data: x.data,
            strides: (Int64(x.strides.batch), Int64(x.strides.row), Int64(x.strides.column)))
        }
        let sizes = onednn_sizes(
          batch: Int64(shape.batch), m: Int64(shape.m), n: Int64(shape.n), k: Int64(shape.k))
        let status = onednn_prepare(
          &product, sizes, precision == .bfloat16 ? 1 : 0, matrix(a), matrix(b), matrix(c),
          packs ? 1 : 0)
        guard status == 0 else {
          throw Failure(.unavailable, "oneDNN refuses \(shape.name) with status \(status)")
        }
      }

      /// Computes the product.
      func run() {
        withUnsafePointer(to: product) { product in
          let status = onednn_run(product)
          precondition(status == 0, "oneDNN: status \(status)")
        }
      }
    }
  #else
    /// Its version; nil where it can't be opened.
    package static let version: String? = nil

    /// What stands for a product where the library is not there.
    struct Product {
      /// Throws that the library is not there.
      init(
        _ shape: ProductShape, _ precision: Precision, _ a: StridedMatrix, _ b: StridedMatrix,
        into c: StridedMatrix, packs: Bool
      ) throws(Failure) {
        throw OneDNN.absence ?? Failure(.unavailable, "oneDNN is not there")
      }

      /// Is never called.
      func run() {}
    }
  #endif
}
