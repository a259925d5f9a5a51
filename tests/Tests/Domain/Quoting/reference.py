#!/usr/bin/env python3
"""Writes DeterministicMathReference.cs: exp, ln(1+x) and the model's constants at 60 digits, rounded once to double.

Run:  python3 reference.py > DeterministicMathReference.cs
It needs nothing but Python's standard library; inputs are fixed, so the output never changes.
"""
import math
import struct
from decimal import Decimal, getcontext

getcontext().prec = 60
getcontext().Emin = -999999
getcontext().Emax = 999999


def bits(value: float) -> str:
    return "0x%016X" % struct.unpack(">Q", struct.pack(">d", value))[0]


def ln1p(x: Decimal) -> Decimal:
    # ln(1 + x) loses -log10(x) digits; give them back.
    extra = max(0, -x.adjusted()) if x != 0 else 0
    getcontext().prec = 60 + 2 * extra
    result = (1 + x).ln() if extra < 120 else x - x * x / 2
    getcontext().prec = 60
    return +result


def exp_inputs():
    yield from (0.0, 1.0, -1.0, 0.5, -0.5, 1e-300, -1e-300, 1e-17, -1e-17, 1e-12, -1e-12, 1e-8, 1e-5, 1e-3)
    yield from (709.782712893384, -745.1332191019411, -708.3964185322641, -720.0, -740.5, 700.0, -700.0)
    yield from (math.log(2) / 2, -math.log(2) / 2, math.log(2), 1.5 * math.log(2), 10.0, -10.0, 100.0, -100.0)
    for i in range(64):
        yield -745.0 + i * (1454.7 / 64) + 0.0137 * i
    for i in range(48):
        yield (-1) ** i * 10.0 ** (-i / 8.0) * 1.2345678901234567


def log_inputs():
    yield from (0.0, 1.0, -0.5, 0.5, 5e-324, -5e-324, 1e-300, 1e-17, -1e-17, 1e-12, -1e-12, 1e-8, -1e-8, 1e-5)
    yield from (math.sqrt(2) - 1, math.sqrt(0.5) - 1, 0.41, 0.42, -0.29, -0.3, 2.0, 3.0, 1e15, 1e16, 2.0 ** 53)
    yield from (-0.9999999999999999, -0.999999, -0.99, 1.7976931348623157e308, 1e300, 1e100)
    for i in range(64):
        yield 10.0 ** (-20 + i * (60 / 64.0)) * 1.0123456789
    for i in range(48):
        yield -(10.0 ** (-i / 4.0)) * 0.98765432109876543


def constant_inputs():
    yield from ((0.1, 1.5, 140.0), (0.01, 1.5, 140.0), (1.0, 1.5, 140.0))
    yield from ((1.5e-12, 1.5, 140.0), (1e-12, 1.0, 1.0), (1e-200, 2000.0, 0.25), (5.0, 0.001, 3.0))
    yield from ((1e6, 1.5, 140.0), (3e12, 0.7, 0.01), (0.3, 1200.0, 2.5), (1e-9, 30.0, 10.0))


def main():
    print("// Written by reference.py beside this file; do not edit.")
    print("namespace EventSourcedMM.Tests.Domain.Quoting;")
    print()
    print("/// <summary>Correctly rounded values from 60-digit decimal arithmetic, as the bits of doubles.</summary>")
    print("internal static class DeterministicMathReference")
    print("{")
    print("    /// <summary>x, e^x.</summary>")
    print("    public static readonly (ulong X, ulong Exp)[] Exponentials =")
    print("    [")
    for x in exp_inputs():
        print("        (%s, %s)," % (bits(x), bits(float(Decimal(x).exp()))))
    print("    ];")
    print()
    print("    /// <summary>x, ln(1 + x).</summary>")
    print("    public static readonly (ulong X, ulong Log1P)[] Logarithms =")
    print("    [")
    for x in log_inputs():
        print("        (%s, %s)," % (bits(x), bits(float(ln1p(Decimal(x))))))
    print("    ];")
    print()
    print("    /// <summary>γ, k, A, (1/γ)·ln(1 + γ/k), S/σ, (T−t)·σ.</summary>")
    print("    public static readonly (double Gamma, double K, double A, ulong LogTerm, ulong Slope, ulong Horizon)[] Constants =")
    print("    [")
    for gamma, k, a in constant_inputs():
        dg, dk, da = Decimal(gamma), Decimal(k), Decimal(a)
        log = ln1p(dg / dk)
        power = ((1 + dk / dg) * log).exp()
        slope = (dg / (2 * dk * da) * power).sqrt()
        horizon = 1 / (2 * (dk * dg / 2 * (da / power)).sqrt())
        print("        (%r, %r, %r, %s, %s, %s)," % (
            gamma, k, a, bits(float(log / dg)), bits(float(slope)), bits(float(horizon))))
    print("    ];")
    print("}")


main()
