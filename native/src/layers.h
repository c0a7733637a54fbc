// Adds layers to a network: each has the name of what it computes, and a refused one is a Failure that names it.
#pragma once

#include <NvInfer.h>

#include <string>
#include <vector>

#include "failure.h"
#include "library.h"
#include "weights.h"

namespace askbert {

using nvinfer1::DataType;
using nvinfer1::Dims;
using nvinfer1::ElementWiseOperation;
using nvinfer1::ITensor;
using nvinfer1::MatrixOperation;

class Layers {
 public:
  // Both must outlive the build.
  Layers(nvinfer1::INetworkDefinition& network, Weights& weights) : net_(network), w_(weights) {}

 protected:
  // The layer under its name. Throws Failure EngineBuild.
  template <typename Layer>
  Layer& checked(Layer* layer, std::string const& name) {
    if (!layer) throw Failure(FailureCode::EngineBuild, "TensorRT refuses the layer " + name);
    layer->setName(name.c_str());
    return *layer;
  }

  template <typename Layer>
  ITensor& out(Layer* layer, std::string const& name) {
    return *checked(layer, name).getOutput(0);
  }

  ITensor& input(char const* name, Dims const& dims) {
    ITensor* tensor = net_.addInput(name, DataType::kINT32, dims);
    if (!tensor) throw Failure(FailureCode::EngineBuild, std::string("TensorRT refuses the input ") + name);
    return *tensor;
  }

  // A constant layer with the weights stored under its name.
  ITensor& constant(std::string const& name, Dims const& dims) {
    int64_t count = 1;
    for (int32_t i = 0; i < dims.nbDims; i++) count *= dims.d[i];
    return out(net_.addConstant(dims, w_.get(name, count).weights()), name);
  }

  ITensor& cast(std::string const& name, ITensor& x, DataType type) {
    return x.getType() == type ? x : out(net_.addCast(x, type), name);
  }

  ITensor& combine(std::string const& name, ITensor& a, ITensor& b, ElementWiseOperation operation) {
    return out(net_.addElementWise(a, b, operation), name);
  }

  // One element of a shape as a shape tensor [1].
  ITensor& dimension(std::string const& name, ITensor& shape, int64_t index) {
    return out(net_.addSlice(shape, dimsOf({index}), dimsOf({1}), dimsOf({1})), name);
  }

  ITensor& joined(std::string const& name, std::vector<ITensor*> const& parts) {
    return out(net_.addConcatenation(parts.data(), static_cast<int32_t>(parts.size())), name);
  }

  // A slice whose size is a shape tensor.
  ITensor& sliced(std::string const& name, ITensor& x, Dims const& start, ITensor& size, Dims const& stride) {
    auto& layer = checked(net_.addSlice(x, start, stride, stride), name);
    layer.setInput(2, size);
    return *layer.getOutput(0);
  }

  ITensor& reshaped(std::string const& name, ITensor& x, Dims const& dims) {
    auto& layer = checked(net_.addShuffle(x), name);
    layer.setReshapeDimensions(dims);
    return *layer.getOutput(0);
  }

  // x in 8 bits and back: TensorRT takes the two layers as "the next product reads 8 bits".
  // The scale is stored under the name and ".scale".
  ITensor& rounded(std::string const& name, ITensor& x, DataType type) {
    ITensor& scale = constant(name + ".scale", dimsOf({}));
    ITensor& eight = out(net_.addQuantize(x, scale, type), name + ".quantise");
    return out(net_.addDequantize(eight, scale, x.getType()), name + ".dequantise");
  }

  // A matrix that is stored in 8 bits, [1, rows, columns], with a scale for each row.
  ITensor& widened(std::string const& name, int64_t rows, int64_t columns, DataType type) {
    ITensor& eight = constant(name, dimsOf({1, rows, columns}));
    auto& layer = checked(net_.addDequantize(eight, constant(name + ".scale", dimsOf({rows})), type), name + ".dequantise");
    layer.setAxis(1);
    return *layer.getOutput(0);
  }

  nvinfer1::INetworkDefinition& net_;
  Weights& w_;
};

}  // namespace askbert
