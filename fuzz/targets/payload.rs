#![no_main]

fuzz::fuzz!(fuzz::Target::Payload);
