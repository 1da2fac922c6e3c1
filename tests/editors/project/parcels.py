"""Parcels, and which of them a courier takes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(order=True)
class Parcel:
    weight_kg: float
    town: str


PARCELS = [Parcel(4.5, "Graz"), Parcel(0.8, "Linz"), Parcel(2.0, "Graz")]


def next_parcel(parcels: list[Parcel], limit_kg: float) -> Parcel:
    lightest = min(parcels)
    if lightest.weight_kg > limit_kg:
        raise ValueError("all are too heavy")
    return _parcel


# >>> next_parcel(PARCELS, limit_kg=3)
