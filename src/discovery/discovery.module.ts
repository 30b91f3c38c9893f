import { Module } from '@nestjs/common';
import { DiscoveryController } from './discovery.controller.js';

/** The server's metadata (RFC 8414, OpenID Connect Discovery 1.0). */
@Module({ controllers: [DiscoveryController] })
export class DiscoveryModule {}
