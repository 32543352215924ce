"""Runs the migrations of this folder."""
