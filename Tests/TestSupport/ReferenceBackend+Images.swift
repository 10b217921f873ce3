import SeqaeTensors

/// Pools and changes of size, plane by plane.
extension ReferenceBackend {
  package func resample(_ x: Tensor, rows: Mixture, columns: Mixture) -> Tensor {
    let (values, plane, width) = (x.doubles(), x.shape[2] * x.shape[3], x.shape[3])
    var y: [Double] = []
    for image in 0..<(x.shape[0] * x.shape[1]) {
      for row in rows.terms {
        for column in columns.terms {
          var sum = 0.0
          for p in row {
            for q in column {
              sum += p.weight * q.weight * values[image * plane + p.place * width + q.place]
            }
          }
          y.append(sum)
        }
      }
    }
    return make([x.shape[0], x.shape[1], rows.terms.count, columns.terms.count], y)
  }

  package func maxPool(_ x: Tensor, _ window: Window) -> (values: Tensor, switches: Tensor) {
    let (values, size) = (x.doubles(), Extent(of: x))
    let results = window.results(of: size)
    var maxima: [Double] = []
    var places: [Int32] = []
    for image in 0..<(x.shape[0] * x.shape[1]) {
      for h in 0..<results.height {
        for w in 0..<results.width {
          var best = (value: -Double.infinity, place: -1)
          for i in 0..<window.kernel.height {
            for j in 0..<window.kernel.width {
              let (row, column) = (window.rows.place(h, i), window.columns.place(w, j))
              guard (0..<size.height).contains(row), (0..<size.width).contains(column) else {
                continue
              }
              let place = row * size.width + column
              let value = values[image * size.count + place]
              if value > best.value || value.isNaN || best.place < 0 { best = (value, place) }
            }
          }
          maxima.append(best.value)
          places.append(Int32(best.place))
        }
      }
    }
    let shape: Shape = [x.shape[0], x.shape[1], results.height, results.width]
    return (make(shape, maxima), upload(places, shape))
  }

  package func placed(_ x: Tensor, at switches: Tensor, in size: Extent, adding: Bool) -> Tensor {
    let (values, places) = (x.doubles(), switches.integers())
    let plane = x.shape[2] * x.shape[3]
    var y = [Double](repeating: 0, count: x.shape[0] * x.shape[1] * size.count)
    for (index, place) in places.enumerated() where place >= 0 {
      let target = index / plane * size.count + Int(place)
      y[target] = adding ? y[target] + values[index] : values[index]
    }
    return make([x.shape[0], x.shape[1], size.height, size.width], y)
  }

  package func picked(_ x: Tensor, at switches: Tensor) -> Tensor {
    let (values, plane) = (x.doubles(), switches.shape[2] * switches.shape[3])
    let size = x.shape[2] * x.shape[3]
    return make(
      switches.shape,
      switches.integers().enumerated().map { index, place in
        place < 0 ? 0 : values[index / max(1, plane) * size + Int(place)]
      })
  }
}
