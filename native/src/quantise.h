// The model's tensors in the form in which the network stores them: matrices of the encoder in 8 bits where the
// precision says so, the query's 1 / sqrt(head size) multiplied into its weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "network.h"
#include "weights.h"

namespace askbert {

// OCP 8-bit float E4M3 without infinities, rounded to nearest even; values beyond 448 become 448. NaN stays NaN.
uint8_t toE4m3(float value) noexcept;

// The largest magnitude that the 8-bit type holds.
constexpr float largestOf(Precision precision) noexcept { return precision == Precision::Fp8 ? 448.0f : 127.0f; }

// Adds a tensor under its Hugging Face name.
// Throws Failure BadRequest when a value is not finite or out of the range of the precision.
void addTensor(Weights& weights, BertConfig const& config, std::string const& name, float const* values, size_t count);

}  // namespace askbert
